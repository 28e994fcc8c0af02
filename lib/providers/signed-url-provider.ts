import { isFileContentError } from '../errors';
import type { LocatedProvider, LocateRequest, PresignedURL, PresignRequest, UpstreamRequest } from '../provider';
import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isObject, memberOf } from '../values/own-members';
import { readOptions } from '../values/read-options';
import type { BaseURL } from './base-url';
import { type HttpRequestOptions, readRequest } from './http-provider';
import { fetchJSON, HopRefusal, invalidAnswer } from './json-hop';
import { pathProvider } from './path-provider';

/** Finds the signed URL in what the provider answered. Undefined: the answer has none, which is a 502. */
export type SignedUrlReader = (answer: unknown, request: LocateRequest) => string | undefined;

/** Options of {@link signedUrlProvider}. All but `url` are about the request for the signed URL. */
export interface SignedUrlProviderOptions extends HttpRequestOptions {
  /**
   * Where the JSON has the signed URL: the name of a member, the names that lead to it, or a function that finds it.
   * Defaults to `url`.
   */
  url?: string | readonly string[] | SignedUrlReader | undefined;
}

const FACTORY = 'signedUrlProvider';

/**
 * Makes a provider that answers with JSON in which a signed URL is, which leads to the file in a store. The credential
 * goes to the provider alone; the store gets none but the URL's own signature.
 *
 * @throws TypeError for options that cannot work.
 *
 * @example LlamaCloud
 * signedUrlProvider({
 *   name: 'llama_cloud',
 *   baseURL: 'https://api.cloud.llamaindex.ai/api/v1',
 *   paths: { files: 'files/{fileId}/content' },
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

  /** The store's URL as it is: what it does not sign cannot be added. */
  async function presign(request: PresignRequest): Promise<PresignedURL> {
    const { url } = await locate(request);
    return { url };
  }

  return Object.freeze({ name, streaming: true, locate, presign });
}

/**
 * Asks for the JSON, and once more with a new credential where that was refused: a signed URL that the store refused
 * says nothing of the credential, which only this request is made with.
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

/** Was it a 401 of the first hop? */
export function isCredentialRefused(error: unknown): boolean {
  return isFileContentError(error) && error.cause instanceof HopRefusal && error.cause.status === 401;
}

/** @throws FileContentError `provider_invalid_response` for anything but the URL of a store */
export function checkSignedURL(provider: string, base: BaseURL, value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) throw invalidAnswer(provider);
  const url = new URL(value);
  // Plain HTTP only where the API itself is asked over it, as on a test's loopback.
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
