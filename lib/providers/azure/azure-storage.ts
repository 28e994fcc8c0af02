import { fileNotFound } from '../../errors';
import type {
  Credential,
  LocatedProvider,
  LocateRequest,
  PresignedURL,
  PresignRequest,
  UpstreamRequest,
} from '../../provider-contract/provider';
import { describeKind } from '../../values/describe-value';
import { invalidOption, notBoth } from '../../values/mistakes';
import { ownMembers } from '../../values/own-members';
import { optionalText, readOptions, requireExactlyOne, requireText } from '../../values/read-options';
import { type BaseURL, parseBaseURL } from '../base-url';
import { encodeKey, type ParseURI, readScope, resolveObject } from '../object-reference';
import { blobAuthorizer, type SignedHeaders } from './azure-authorization';
import { type BlobStateOptions, readBlobState } from './azure-blob-state';
import { parseConnectionString } from './azure-connection-string';
import { classifyAzureRefusal } from './azure-refusal';

/** Options of {@link azureStorage}. */
export interface AzureStorageOptions extends BlobStateOptions {
  /** The storage account. Give this or `baseURL`; an `accountKey` needs it in any case. */
  account?: string | undefined;
  /**
   * The base URL, for another cloud, a private endpoint or an emulator. Defaults to
   * `https://{account}.blob.core.windows.net`.
   */
  baseURL?: string | URL | undefined;
  /**
   * The container. With it, a file id is a blob name in this container; without it, a file id must be the blob's URL.
   * Defaults to none.
   */
  container?: string | undefined;
  /**
   * A folder that is prepended to every blob name, for example `results/`. A missing trailing slash is added. Ids in
   * URL form must lie in it. Defaults to none.
   */
  prefix?: string | undefined;
  /**
   * The account's shared key. It signs a URL for each attempt, which can read one blob for 15 minutes. Needs the
   * optional package `@azure/storage-blob`.
   */
  accountKey?: Credential | undefined;
  /** A shared access signature, with or without its `?`. */
  sas?: Credential | undefined;
  /**
   * A Microsoft Entra token for `https://storage.azure.com/.default`, or a function that returns one, such as the
   * result of `getBearerTokenProvider` from `@azure/identity`.
   */
  token?: Credential | undefined;
  /**
   * The account's connection string, as the Azure portal shows it. It replaces `account`, `baseURL`, `accountKey` and
   * `sas`.
   */
  connectionString?: string | undefined;
  /** The name that is written to records. Defaults to `azure_storage`. */
  name?: string | undefined;
}

const FACTORY = 'azureStorage';
const ACCOUNT = /^[a-z0-9]{3,24}$/;

/**
 * Makes a provider for Azure Blob Storage, with a shared key, a shared access signature or Microsoft Entra. Give
 * exactly one of `accountKey`, `sas`, `token` and `connectionString`.
 *
 * @example
 * azureStorage({ account: 'results', container: 'batches', accountKey })
 *
 * @throws TypeError for invalid options
 */
export function azureStorage(options: AzureStorageOptions): LocatedProvider {
  const given = withConnectionString(
    readOptions(FACTORY, options, {
      account: true,
      baseURL: true,
      container: true,
      prefix: true,
      accountKey: true,
      sas: true,
      token: true,
      connectionString: true,
      snapshot: true,
      versionId: true,
      name: true,
    }),
  );
  const name = optionalText(FACTORY, 'name', given.name) ?? 'azure_storage';
  const scope = readScope(FACTORY, 'container', given.container, given.prefix);
  const base = baseOf(given);
  const state = readBlobState(FACTORY, given);
  const authorize = blobAuthorizer(FACTORY, given, base, name, state);
  const selection = new URLSearchParams({ ...state }).toString();
  const parseURI = blobURL(base);

  async function upstreamOf(request: LocateRequest, forClient?: SignedHeaders): Promise<UpstreamRequest> {
    const { resource, fileId } = request;
    if (resource !== 'files') {
      throw fileNotFound({ provider: name, cause: new Error(`This provider has no ${resource} content.`) });
    }
    const blob = resolveObject(name, scope, parseURI, fileId);
    const { query, headers } = await authorize(blob, request, forClient);
    const path = `${blob.bucket}/${encodeKey(blob.key, name)}`;
    const search = [selection, query].filter((part) => part !== '').join('&');
    return { url: `${base.origin}${base.path}/${path}${search === '' ? '' : `?${search}`}`, headers };
  }

  function locate(request: LocateRequest): Promise<UpstreamRequest> {
    return upstreamOf(request);
  }

  async function presign(request: PresignRequest): Promise<PresignedURL> {
    const { url } = await upstreamOf(request, request);
    return { url };
  }

  const classifyRefusal = classifyAzureRefusal(scope.bucket !== undefined, given.accountKey !== undefined);
  // A signature contains the time, so it changes even if a fixed key does not.
  const renewsCredential = typeof (given.accountKey ?? given.sas ?? given.token) === 'function';
  // Get Blob documents `bytes=first-last` and `bytes=first-` only ("Specifying the range header", Blob service REST
  // API).
  return Object.freeze({
    name,
    streaming: true,
    suffixRanges: false,
    locate,
    // A token cannot sign a URL, and a given signature may allow more than this one blob.
    ...(given.accountKey === undefined ? undefined : { presign }),
    classifyRefusal,
    renewsCredential,
  });
}

function withConnectionString(given: Readonly<AzureStorageOptions>): Readonly<AzureStorageOptions> {
  const { connectionString } = given;
  if (connectionString === undefined) return given;
  for (const option of ['account', 'baseURL', 'accountKey', 'sas', 'token'] as const) {
    if (given[option] !== undefined) throw notBoth(FACTORY, 'connectionString', option);
  }
  const text = requireText(FACTORY, 'connectionString', connectionString);
  return ownMembers({ ...given, ...parseConnectionString(FACTORY, text) });
}

function baseOf({ account, baseURL }: Readonly<AzureStorageOptions>): BaseURL {
  if (account !== undefined && (typeof account !== 'string' || !ACCOUNT.test(account))) {
    throw invalidOption(FACTORY, 'account', '3 to 24 lower-case letters and digits', describeKind(account));
  }
  if (baseURL === undefined) {
    requireExactlyOne(FACTORY, { account, baseURL });
    return parseBaseURL(FACTORY, 'account', `https://${account}.blob.core.windows.net`);
  }
  const base = parseBaseURL(FACTORY, 'baseURL', baseURL);
  if (base.query !== '') {
    throw invalidOption(FACTORY, 'baseURL', 'a URL without a query; a signature is the option "sas"', 'a URL with one');
  }
  return base;
}

/** Parses the URL of a blob, as in the SDK's `BlobClient.url`. URLs of other accounts are refused. */
function blobURL({ origin, path }: BaseURL): ParseURI {
  return function parseBlobURL(fileId) {
    if (!/^https?:\/\//i.test(fileId) || !URL.canParse(fileId)) return undefined;
    const url = new URL(fileId);
    const root = `${path}/`;
    if (url.origin !== origin || !url.pathname.startsWith(root) || url.search !== '' || url.hash !== '') {
      return { bucket: '', key: '' };
    }
    const [container = '', ...rest] = url.pathname.slice(root.length).split('/');
    try {
      return { bucket: container, key: decodeURIComponent(rest.join('/')) };
    } catch {
      return { bucket: '', key: '' };
    }
  };
}
