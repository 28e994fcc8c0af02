import { FileContentError } from '../errors';
import { parseBaseURL } from './base-url';
import { type CredentialReader, credentialReader, obtain, requireHeaderSafe } from './credential';
import { encodeStrictly, readScope, resolveObject, uriScheme } from './object-reference';
import { loadPeer, once } from './optional-peer';
import type { Credential, LocatedProvider, LocateRequest, UpstreamRequest } from './provider';
import { optionalText, readHeaders, readOptions } from './provider-options';

export interface GCSOptions {
  /** When given, a file id is an object name in this bucket; without it, it must be `gs://bucket/object`. */
  bucket?: string | undefined;
  /** Put before every object name, for example `results/`. Ids in URI form must lie under it. */
  prefix?: string | undefined;
  /**
   * An OAuth access token with the scope `devstorage.read_only`, or a function that gives it; the function is called once
   * for every attempt. Default: Application Default Credentials, by the optional package `google-auth-library`.
   */
  accessToken?: Credential | undefined;
  /** Default `https://storage.googleapis.com`. */
  baseURL?: string | URL | undefined;
  /** Sent with every request, for example `x-goog-user-project` for a bucket where the requester pays. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Written to records. Default `gcs`. */
  name?: string | undefined;
}

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';
const parseURI = uriScheme('gs');

/**
 * Google Cloud Storage, by the media download of its JSON API (`objects.get` with `alt=media`).
 *
 * @example
 * gcs({ bucket: 'results' })
 *
 * @throws TypeError for options that cannot work.
 */
export function gcs(options: GCSOptions): LocatedProvider {
  return gcsStore('gcs', 'gcs', options);
}

export function gcsStore(factory: string, defaultName: string, options: GCSOptions): LocatedProvider {
  const given = readOptions(factory, options, {
    bucket: true,
    prefix: true,
    accessToken: true,
    baseURL: true,
    headers: true,
    name: true,
  });
  const name = optionalText(factory, 'name', given.name) ?? defaultName;
  const scope = readScope(factory, 'bucket', given.bucket, given.prefix);
  const base = parseBaseURL(factory, 'baseURL', given.baseURL ?? 'https://storage.googleapis.com');
  if (base.query !== '') throw new TypeError(`${factory}: baseURL must not have a query`);
  const headers = readHeaders(factory, given.headers);
  const readToken =
    given.accessToken === undefined
      ? applicationDefault(factory, name)
      : credentialReader(factory, 'accessToken', name, given.accessToken);

  async function locate({ resource, fileId }: LocateRequest): Promise<UpstreamRequest> {
    if (resource !== 'files') {
      throw new FileContentError('file_not_found', `This provider has no ${resource} content.`, { provider: name });
    }
    const { bucket, key } = resolveObject(name, scope, parseURI, fileId);
    // An object name is one segment here: its slashes are encoded as well.
    const path = `storage/v1/b/${bucket}/o/${encodeStrictly(key, name)}`;
    const authorization = `Bearer ${await readToken()}`;
    return { url: `${base.origin}${base.path}/${path}?alt=media`, headers: { ...headers, authorization } };
  }

  return Object.freeze({ name, streaming: true, locate });
}

function applicationDefault(factory: string, provider: string): CredentialReader {
  const loadAuth = once(async () => {
    const { GoogleAuth } = await loadPeer(
      factory,
      'google-auth-library',
      async () => await import('google-auth-library'),
    );
    return new GoogleAuth({ scopes: [SCOPE] });
  });
  return async function readApplicationDefault() {
    const auth = await loadAuth();
    const token = await obtain(() => auth.getAccessToken(), provider);
    return requireHeaderSafe('google-auth-library', provider, token);
  };
}
