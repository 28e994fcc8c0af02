import { fileNotFound } from '../../errors';
import { dispositionOf } from '../../http/content-disposition';
import type {
  Credential,
  LocatedProvider,
  LocateRequest,
  PresignedURL,
  PresignRequest,
  UpstreamRequest,
} from '../../provider';
import { describeKind } from '../../values/describe-value';
import { invalidOption, mistake, notBoth } from '../../values/mistakes';
import { ownMembers } from '../../values/own-members';
import { optionalText, readOptions, requireExactlyOne, requireText } from '../../values/read-options';
import { type BaseURL, parseBaseURL } from '../base-url';
import { type CredentialReader, type CredentialUse, credentialReader } from '../credential';
import { encodeKey, type ObjectReference, type ParseURI, readScope, resolveObject } from '../object-reference';
import { loadPeer, once } from '../optional-peer';
import { type BlobState, type BlobStateOptions, readBlobState } from './azure-blob-state';
import { parseConnectionString } from './azure-connection-string';
import { classifyAzureRefusal } from './azure-refusal';

/** The options of {@link azureStorage}. */
export interface AzureStorageOptions extends BlobStateOptions {
  /** The storage account. Give this or `baseURL`; an `accountKey` needs it in any case. */
  account?: string | undefined;
  /** Default `https://{account}.blob.core.windows.net`. For another cloud, a private endpoint or an emulator. */
  baseURL?: string | URL | undefined;
  /** When given, a file id is a blob name in this container; without it, it must be the blob's URL. */
  container?: string | undefined;
  /**
   * A folder, put before every blob name, for example `results/`; a slash is added at its end where it has none. Ids in
   * URL form must lie under it.
   */
  prefix?: string | undefined;
  /**
   * The account's shared key: every attempt gets a signature for reading one blob for 15 minutes. Needs the optional
   * package `@azure/storage-blob`.
   */
  accountKey?: Credential | undefined;
  /** A shared access signature, with or without its `?`. */
  sas?: Credential | undefined;
  /**
   * A Microsoft Entra token for `https://storage.azure.com/.default`; what `getBearerTokenProvider` of
   * `@azure/identity` returns is such a function.
   */
  token?: Credential | undefined;
  /**
   * The account's connection string, as the Azure portal shows it: stands in for `account`, `baseURL`, `accountKey` and
   * `sas`.
   */
  connectionString?: string | undefined;
  /** Written to records. Default `azure_storage`. */
  name?: string | undefined;
}

const FACTORY = 'azureStorage';
const SAS_SECONDS = 15 * 60;
// Sent with an Entra token, which needs 2017-11-09 or later ("Authorize with Microsoft Entra ID", Blob service REST
// API).
const SERVICE_VERSION = '2021-12-02';
const ACCOUNT = /^[a-z0-9]{3,24}$/;

/** What is signed for a client besides the blob. */
type SignedHeaders = Pick<PresignRequest, 'disposition' | 'filename' | 'contentType' | 'expiresInSeconds'>;

/** Where one blob is, and how the request for it is authorised. */
type Authorize = (
  blob: ObjectReference,
  use: CredentialUse,
  forClient?: SignedHeaders,
) => Promise<{ query: string; headers: Record<string, string> }>;

/**
 * Azure Blob Storage, by shared key, shared access signature or Microsoft Entra. Give exactly one of `accountKey`,
 * `sas`, `token` and `connectionString`.
 *
 * @example
 * azureStorage({ account: 'results', container: 'batches', accountKey })
 *
 * @throws TypeError for options that cannot work.
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
  const authorize = authorizer(given, base, name, state);
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
  // The signature of a fixed key has the time in it, so that it differs although nothing else does.
  const renewsCredential = typeof (given.accountKey ?? given.sas ?? given.token) === 'function';
  // Get Blob documents `bytes=first-last` and `bytes=first-` only ("Specifying the range header", Blob service REST
  // API).
  return Object.freeze({
    name,
    streaming: true,
    suffixRanges: false,
    locate,
    // A token is no signature, and a signature that was given may allow more than this one blob.
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

/** The URL of a blob, as the SDK's clients give it (`BlobClient.url`), taken only when it is of this account. */
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

function authorizer(given: Readonly<AzureStorageOptions>, base: BaseURL, name: string, state: BlobState): Authorize {
  const { account, accountKey, sas, token } = given;
  // A connection string has been read into the others.
  requireExactlyOne(FACTORY, { accountKey, sas, token, connectionString: undefined });
  if (token !== undefined) {
    const readToken = credentialReader(FACTORY, 'token', name, token);
    return async function byEntra(_blob, use) {
      const headers = { authorization: `Bearer ${await readToken(use)}`, 'x-ms-version': SERVICE_VERSION };
      return { query: '', headers };
    };
  }
  if (sas !== undefined) {
    const readSignature = credentialReader(FACTORY, 'sas', name, sas);
    return async function bySignature(_blob, use) {
      return { query: (await readSignature(use)).replace(/^\?/, '').replaceAll('#', '%23'), headers: {} };
    };
  }
  if (account === undefined) throw mistake(FACTORY, '"accountKey" needs "account"', 'conflicting-options');
  return bySharedKey(account, credentialReader(FACTORY, 'accountKey', name, accountKey), base, state);
}

/**
 * A signature in the query and not in `Authorization`: the header's covers `Range` and the conditional headers
 * ("Authorize with Shared Key", Blob service REST API), which are the client's and not known here.
 */
function bySharedKey(
  account: string,
  readKey: CredentialReader,
  base: BaseURL,
  { snapshot, versionid }: BlobState,
): Authorize {
  const load = once(() => loadPeer(FACTORY, '@azure/storage-blob', async () => await import('@azure/storage-blob')));
  return async function withSharedKey({ bucket, key }, use, forClient) {
    const [blobs, accountKey] = await Promise.all([load(), readKey(use)]);
    const query = blobs.generateBlobSASQueryParameters(
      ownMembers({
        containerName: bucket,
        blobName: key,
        permissions: blobs.BlobSASPermissions.parse('r'),
        protocol: base.origin.startsWith('https:') ? blobs.SASProtocol.Https : blobs.SASProtocol.HttpsAndHttp,
        expiresOn: new Date(Date.now() + (forClient?.expiresInSeconds ?? SAS_SECONDS) * 1000),
        version: SERVICE_VERSION,
        ...(snapshot === undefined ? undefined : { snapshotTime: snapshot }),
        ...(versionid === undefined ? undefined : { versionId: versionid }),
        ...(forClient && { contentDisposition: dispositionOf(forClient.disposition, forClient.filename) }),
        ...(forClient?.contentType === undefined ? undefined : { contentType: forClient.contentType }),
      }),
      new blobs.StorageSharedKeyCredential(account, accountKey),
    );
    return { query: query.toString(), headers: {} };
  };
}
