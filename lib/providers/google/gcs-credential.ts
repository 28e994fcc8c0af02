import type { CredentialRequest } from '../../provider-contract/provider';
import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { loadPeer, once } from '../../values/optional-peer';
import { memberOf, ownMembers } from '../../values/own-members';
import { requireAtMostOne, requireText } from '../../values/read-options';
import { type CredentialReader, credentialReader, credentialRequest, obtain, requireHeaderSafe } from '../credential';

/** What `getAccessToken()` of google-auth-library's classes returns. */
export type GoogleAccessToken =
  | string
  | null
  | undefined
  | {
      /** The access token. The library may return none. */
      readonly token?: string | null | undefined;
    };

/** Provides access tokens: `GoogleAuth`, or a client such as `JWT`, `Impersonated` or `OAuth2Client`. */
export interface GoogleAuthClient {
  /** Returns an access token, from a cache or a new one. */
  getAccessToken(): Promise<GoogleAccessToken>;
}

/** The source of the access token. Give at most one. Defaults to Application Default Credentials. */
export interface GoogleCredentialOptions {
  /**
   * An OAuth access token, or a function that returns it, such as `() => auth.getAccessToken()`. Its scope must include
   * `devstorage.read_only`, for `anthropicVertex` `cloud-platform`. The function is called for every attempt, after a
   * 401 with `{ refused: true }`.
   */
  accessToken?: string | ((request?: CredentialRequest) => GoogleAccessToken | Promise<GoogleAccessToken>) | undefined;
  /**
   * The parsed content of a key file: `{ client_email, private_key, … }`. Needs the optional package
   * `google-auth-library`.
   */
  credentials?: object | undefined;
  /** The path of a key file, read at the first use. Needs the optional package `google-auth-library`. */
  keyFile?: string | undefined;
  /** A client of `google-auth-library`. Its scopes are its own. */
  authClient?: GoogleAuthClient | undefined;
}

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';

/**
 * Makes the function that returns the token for an attempt.
 *
 * @param scope the scope of a token that the library requests. Defaults to `devstorage.read_only`.
 * @throws TypeError for invalid options; no message shows a secret
 */
export function googleTokenReader(
  factory: string,
  provider: string,
  options: Readonly<GoogleCredentialOptions>,
  universeDomain: string | undefined,
  scope = SCOPE,
): CredentialReader {
  const { accessToken, credentials, keyFile, authClient } = options;
  requireAtMostOne(factory, { accessToken, credentials, keyFile, authClient });
  if (typeof accessToken === 'string') return credentialReader(factory, 'accessToken', provider, accessToken);
  if (accessToken !== undefined) {
    if (typeof accessToken !== 'function') {
      throw invalidOption(factory, 'accessToken', 'a string or a function that returns one', describeKind(accessToken));
    }
    return tokenFrom('accessToken', provider, accessToken);
  }
  if (authClient !== undefined) {
    if (typeof Object(authClient).getAccessToken !== 'function') {
      throw invalidOption(factory, 'authClient', 'an object with getAccessToken()', describeKind(authClient));
    }
    return tokenFrom('authClient', provider, () => authClient.getAccessToken());
  }
  if (credentials !== undefined && (typeof credentials !== 'object' || credentials === null)) {
    throw invalidOption(factory, 'credentials', 'the object in a key file', describeKind(credentials));
  }
  if (keyFile !== undefined) requireText(factory, 'keyFile', keyFile);
  const loadAuth = authLoader(factory, options, universeDomain, scope);
  return async function fromLibrary() {
    const auth = await loadAuth();
    if (universeDomain === undefined || universeDomain === 'googleapis.com') {
      return await tokenFrom('google-auth-library', provider, () => auth.getAccessToken())();
    }
    // Other universes have no token endpoint for keys of service accounts, so the library signs a token itself.
    const headers = new Headers(await obtain(() => auth.getRequestHeaders(), provider));
    const token = headers.get('authorization')?.replace(/^Bearer /i, '');
    return requireHeaderSafe('google-auth-library', provider, token);
  };
}

/**
 * The members of the library's `GoogleAuth` that are used. Its own type would be in the published declarations, which
 * must compile without the library.
 */
export interface LoadedGoogleAuth {
  getAccessToken(): Promise<string | null | undefined>;
  getRequestHeaders(): Promise<Headers>;
  getCredentials(): Promise<{ readonly client_email?: string | undefined }>;
  sign(text: string): Promise<string>;
}

/**
 * Makes a function that loads the library's `GoogleAuth` at the first use, with a key or with Application Default
 * Credentials.
 */
export function authLoader(
  factory: string,
  { credentials, keyFile }: Readonly<GoogleCredentialOptions>,
  universeDomain: string | undefined,
  scope: string,
): () => Promise<LoadedGoogleAuth> {
  // The library detects the kind of the key.
  const key = credentials === undefined ? undefined : { ...credentials };
  return once(async () => {
    const { GoogleAuth } = await loadPeer(
      factory,
      'google-auth-library',
      async () => await import('google-auth-library'),
    );
    return new GoogleAuth(
      ownMembers({
        scopes: [scope],
        ...(key === undefined ? undefined : { credentials: key }),
        ...(keyFile === undefined ? undefined : { keyFilename: keyFile }),
        ...(universeDomain === undefined ? undefined : { universeDomain }),
      }),
    );
  });
}

function tokenFrom(
  source: string,
  provider: string,
  give: (request?: CredentialRequest) => GoogleAccessToken | Promise<GoogleAccessToken>,
): CredentialReader {
  return async function readToken(use) {
    const request = credentialRequest(use);
    const result = await obtain(() => (request === undefined ? give() : give(request)), provider);
    const token = typeof result === 'object' && result !== null ? memberOf(result, 'token') : result;
    return requireHeaderSafe(source, provider, token);
  };
}
