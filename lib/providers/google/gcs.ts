import { fileNotFound } from '../../errors';
import { dispositionOf } from '../../http/content-disposition';
import type {
  LocatedProvider,
  LocateRequest,
  PresignedURL,
  PresignRequest,
  UpstreamRequest,
} from '../../provider-contract/provider';
import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { optionalText, readOptions } from '../../values/read-options';
import { parseBaseURL } from '../base-url';
import type { FolderStore } from '../batches/batch-folder';
import type { CredentialUse } from '../credential';
import {
  encodeKey,
  encodeStrictly,
  type ObjectReference,
  readScope,
  resolveObject,
  uriScheme,
} from '../object-reference';
import { optionalHeaderText, readHeaders, withoutHeader } from '../provider-options';
import { type GoogleCredentialOptions, googleTokenReader } from './gcs-credential';
import { gcsLister } from './gcs-listing';
import { classifyGCSRefusal } from './gcs-refusal';
import { type SignerReader, signGoogleURL } from './gcs-signed-url';
import { googleSignerReader } from './gcs-signer';

/** Options of {@link gcs}. */
export interface GCSOptions extends GoogleCredentialOptions {
  /**
   * The bucket. With it, a file id is an object name in this bucket; without it, a file id must be
   * `gs://bucket/object`. Defaults to none.
   */
  bucket?: string | undefined;
  /**
   * A folder that is prepended to every object name, for example `results/`. A missing trailing slash is added. Ids in
   * URI form must lie in it. Defaults to none.
   */
  prefix?: string | undefined;
  /**
   * The generation of the object that is read, in decimal digits. It belongs to one object, so give it to a provider
   * that the resolver makes for one request. Defaults to the live version.
   */
  generation?: string | bigint | undefined;
  /** The project that pays for a requester-pays bucket, sent as `x-goog-user-project`. Defaults to none. */
  userProject?: string | undefined;
  /** The domain of a sovereign or dedicated Google Cloud. Defaults to `googleapis.com`. */
  universeDomain?: string | undefined;
  /** A base URL for a private endpoint, a gateway or a test. Defaults to `https://storage.{universeDomain}`. */
  baseURL?: string | URL | undefined;
  /** Headers that are sent with every request. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The name that is written to records. Defaults to `gcs`. */
  name?: string | undefined;
}

/** Every option of {@link gcs}. */
export const GCS_OPTIONS = {
  bucket: true,
  prefix: true,
  generation: true,
  userProject: true,
  universeDomain: true,
  accessToken: true,
  credentials: true,
  keyFile: true,
  authClient: true,
  baseURL: true,
  headers: true,
  name: true,
} as const;

const parseURI = uriScheme('gs');

/**
 * Makes a provider for Google Cloud Storage, with media downloads of its JSON API (`objects.get` with `alt=media`).
 *
 * @example
 * gcs({ bucket: 'results' })
 *
 * @throws TypeError for options that cannot work.
 * @see https://cloud.google.com/storage/docs/json_api/v1/objects/get
 */
export function gcs(options: GCSOptions): LocatedProvider {
  return gcsStore('gcs', 'gcs', options);
}

/**
 * Makes {@link gcs} under another name, for providers whose files are objects of Cloud Storage.
 *
 * @throws TypeError for options that cannot work
 */
export function gcsStore(factory: string, defaultName: string, options: GCSOptions): LocatedProvider {
  return gcsFolders(factory, defaultName, options).files;
}

/** Like {@link gcsStore}, with functions that list folders. */
export function gcsFolders(factory: string, defaultName: string, options: GCSOptions): FolderStore {
  const given = readOptions(factory, options, GCS_OPTIONS);
  const name = optionalText(factory, 'name', given.name) ?? defaultName;
  const scope = readScope(factory, 'bucket', given.bucket, given.prefix);
  const universeDomain = readUniverse(factory, given.universeDomain);
  const base = parseBaseURL(
    factory,
    'baseURL',
    given.baseURL ?? `https://storage.${universeDomain ?? 'googleapis.com'}`,
  );
  if (base.query !== '') throw invalidOption(factory, 'baseURL', 'a URL without a query', 'a URL with one');
  const generation = readGeneration(factory, given.generation);
  const query = generation === undefined ? 'alt=media' : `alt=media&generation=${generation}`;
  const userProject = optionalHeaderText(factory, 'userProject', given.userProject);
  const headers = withoutHeader(factory, 'authorization', 'accessToken', readHeaders(factory, given.headers));
  if (userProject !== undefined) {
    Object.assign(headers, readHeaders(factory, { 'x-goog-user-project': userProject }));
  }
  const readToken = googleTokenReader(factory, name, given, universeDomain);

  function objectOf({ resource, fileId }: LocateRequest): ObjectReference {
    if (resource !== 'files') {
      throw fileNotFound({ provider: name, cause: new Error(`This provider has no ${resource} content.`) });
    }
    return resolveObject(name, scope, parseURI, fileId);
  }

  async function locate(request: LocateRequest): Promise<UpstreamRequest> {
    const { bucket, key } = objectOf(request);
    // An object name is one segment here, so its slashes are encoded too.
    const path = `storage/v1/b/${bucket}/o/${encodeStrictly(key, name)}`;
    return { url: `${base.origin}${base.path}/${path}?${query}`, headers: await authorized(request) };
  }

  async function authorized(use: CredentialUse): Promise<Record<string, string>> {
    return { ...headers, authorization: `Bearer ${await readToken(use)}` };
  }

  const readSigner = googleSignerReader(factory, name, given, universeDomain);

  async function presign(readSigner: SignerReader, request: PresignRequest): Promise<PresignedURL> {
    const { method, disposition, filename, contentType, expiresInSeconds } = request;
    const { bucket, key } = objectOf(request);
    const url = await signGoogleURL(await readSigner(request), {
      provider: name,
      method,
      // Signed URLs use the XML API, whose paths keep the slashes of object names.
      url: new URL(`${base.origin}${base.path}/${bucket}/${encodeKey(key, name)}`),
      query: {
        'response-content-disposition': dispositionOf(disposition, filename),
        ...(contentType === undefined ? undefined : { 'response-content-type': contentType }),
        ...(generation === undefined ? undefined : { generation }),
        ...(userProject === undefined ? undefined : { userProject }),
      },
      expiresInSeconds,
    });
    return { url };
  }

  const classifyRefusal = classifyGCSRefusal(scope.bucket !== undefined);
  const files: LocatedProvider = Object.freeze({
    name,
    streaming: true,
    locate,
    ...(readSigner && { presign: (request: PresignRequest) => presign(readSigner, request) }),
    classifyRefusal,
  });
  return {
    files,
    objectOf: (fileId) => resolveObject(name, scope, parseURI, fileId),
    idOf: ({ bucket, key }) => `gs://${bucket}/${key}`,
    list: gcsLister({ name, root: `${base.origin}${base.path}`, headers: authorized }),
  };
}

function readGeneration(factory: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'bigint' ? value.toString() : value;
  if (typeof text === 'string' && /^\d{1,19}$/.test(text)) return text;
  throw invalidOption(factory, 'generation', 'decimal digits in a string, or a bigint', describeKind(value));
}

function readUniverse(factory: string, value: unknown): string | undefined {
  const domain = optionalText(factory, 'universeDomain', value);
  if (domain === undefined || /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(domain)) return domain;
  throw invalidOption(factory, 'universeDomain', 'a domain such as googleapis.com, without a scheme', 'another string');
}
