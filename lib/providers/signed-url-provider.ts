import { isFileContentError } from '../errors';
import type {
  LocatedProvider,
  LocateRequest,
  PresignedURL,
  PresignRequest,
  UpstreamRequest,
} from '../provider-contract/provider';
import { HopRefusal } from '../transfer/outcome';
import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isObject, memberOf } from '../values/own-members';
import { readOptions } from '../values/read-options';
import type { BaseURL } from './base-url';
import { type HttpRequestOptions, readRequest } from './http-provider';
import { fetchJSON, invalidAnswer } from './json-hop';
import { pathProvider } from './path-provider';

/** Finds the signed URL in the provider's JSON response. `undefined` means that it has none, which is a 502. */
export type SignedUrlReader = (answer: unknown, request: LocateRequest) => string | undefined;

/** Options of {@link signedUrlProvider}. All except `url` concern the request for the signed URL. */
export interface SignedUrlProviderOptions extends HttpRequestOptions {
  /**
   * The place of the signed URL in the JSON: the name of a member, a path of names, or a function that finds it.
   * Defaults to `url`.
   */
  url?: string | readonly string[] | SignedUrlReader | undefined;
}

const FACTORY = 'signedUrlProvider';

/**
 * Makes a provider for an API that responds with JSON with a signed URL, which leads to the file in a store. The
 * credential is sent only to the API; the store gets only the URL's own signature.
 *
 * @throws TypeError for invalid options
 *
 * @example LlamaCloud
 * signedUrlProvider({
 *   name: 'llama_cloud',
 *   baseURL: 'https://api.cloud.llamaindex.ai/api/v1',
 *   paths: { files: 'beta/files/{fileId}/content' },
 *   auth: { credential: apiKey },
 * })
 */
export function signedUrlProvider(options: SignedUrlProviderOptions): LocatedProvider {
  const given = readOptions(FACTORY, options, {
    name: true,
    baseURL: true,
    paths: true,
    auth: true,
    headers: true,
    url: true,
  });
  const definition = readRequest(FACTORY, given);
  const readURL = urlReader(given.url);
  const first = pathProvider(definition);
  const { name, base } = definition;

  async function locate(request: LocateRequest): Promise<UpstreamRequest> {
    const answer = await askForURL(first, request);
    return { url: checkSignedURL(name, base, readURL(answer, request)) };
  }

  /** Returns the store's URL unchanged, because nothing can be added to its signature. */
  async function presign(request: PresignRequest): Promise<PresignedURL> {
    const { url } = await locate(request);
    return { url };
  }

  return Object.freeze({ name, streaming: true, locate, presign });
}

/**
 * Requests the JSON, and retries once with a new credential if it was refused. A refusal by the store says nothing
 * about the credential, which is only used for this request.
 */
async function askForURL(provider: LocatedProvider, request: LocateRequest): Promise<unknown> {
  const { refusedCredential: _ofStore, ...fresh } = request;
  const ask = async (
    asked: LocateRequest,
  ): Promise<{ readonly upstream: UpstreamRequest; answer(): Promise<unknown> }> => {
    const upstream = await provider.locate(asked);
    const { signal, agents, requireAllowed } = asked;
    const { headers = {} } = upstream;
    const hop = { provider: provider.name, url: String(upstream.url), headers, signal, agents, requireAllowed };
    return { upstream, answer: () => fetchJSON(hop) };
  };
  const first = await ask(fresh);
  try {
    return await first.answer();
  } catch (error) {
    if (!isCredentialRefused(error)) throw error;
    const second = await ask({ ...fresh, refusedCredential: true });
    const isSame = JSON.stringify(second.upstream.headers) === JSON.stringify(first.upstream.headers);
    if (isSame) throw error;
    return await second.answer();
  }
}

/** Tells whether an error is a 401 of the request for the signed URL. */
export function isCredentialRefused(error: unknown): boolean {
  return isFileContentError(error) && error.cause instanceof HopRefusal && error.cause.status === 401;
}

/** @throws FileContentError `provider_invalid_response` for anything but the URL of a store */
export function checkSignedURL(provider: string, base: BaseURL, value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) throw invalidAnswer(provider);
  const url = new URL(value);
  // Plain HTTP is only accepted if the API itself uses it, as on loopback in tests.
  const isAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && base.origin.startsWith('http:'));
  if (!isAllowed || url.username !== '' || url.password !== '') throw invalidAnswer(provider);
  return url.href;
}

function urlReader(given: unknown): (answer: unknown, request: LocateRequest) => unknown {
  if (typeof given === 'function') return (answer, request) => Reflect.apply(given, undefined, [answer, request]);
  const names: readonly unknown[] = Array.isArray(given) ? given : [given ?? 'url'];
  if (names.length === 0 || names.some((name) => typeof name !== 'string' || name === '')) {
    throw invalidOption(FACTORY, 'url', 'the name of a member, an array of names or a function', describeKind(given));
  }
  return function readMember(answer) {
    return names.reduce<unknown>(
      (value, name) => (isObject(value) ? memberOf(value, String(name)) : undefined),
      answer,
    );
  };
}
