import { FileContentError, fileNotFound } from '../errors';
import type {
  Credential,
  LocatedProvider,
  LocateRequest,
  PresignedURL,
  PresignRequest,
  UpstreamRequest,
} from '../provider-contract/provider';
import { ownMember } from '../values/own-members';
import { optionalText, readOptions } from '../values/read-options';
import { type BaseURL, encodeSegment, joinURL, parseBaseURL } from './base-url';
import { credentialReader } from './credential';
import { fetchJSON, invalidAnswer } from './json-hop';
import { readHeaders, withoutHeader } from './provider-options';
import { checkSignedURL, isCredentialRefused } from './signed-url-provider';

/** Options of {@link fireworks}. */
export interface FireworksOptions {
  /** The API key, or a function that returns it and is called for every attempt. */
  apiKey: Credential;
  /**
   * The account of datasets whose ids do not name one. Without it, an id must be
   * `accounts/{account}/datasets/{dataset}`. Defaults to none.
   */
  account?: string | undefined;
  /** The base URL. Defaults to `https://api.fireworks.ai`. The version is added unless the path ends with `/v1`. */
  baseURL?: string | URL | undefined;
  /** Headers that are sent with the request for the signed URL, but not to the store. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The name that is written to records. Defaults to `fireworks_ai`. */
  name?: string | undefined;
}

interface DatasetFile {
  readonly account: string;
  readonly dataset: string;
  /** Undefined for the only file of the dataset. */
  readonly filename: string | undefined;
}

const FACTORY = 'fireworks';
const FULL_NAME = /^accounts\/([^/]+)\/datasets\/([^/]+)(?:\/(.+))?$/;
const SHORT_NAME = /^([^/]+)(?:\/(.+))?$/;

/**
 * Makes a provider for Fireworks AI, which keeps files in datasets. First a dataset's signed URLs are requested with
 * the key (REST API, `datasets/{id}:getDownloadEndpoint`). Then the file is fetched from a store, which gets no
 * credential except the URL's own signature. An id is `dataset`, `dataset/filename`, or either after
 * `accounts/{account}/datasets/`.
 *
 * @throws TypeError for invalid options
 */
export function fireworks(options: FireworksOptions): LocatedProvider {
  const given = readOptions(FACTORY, options, {
    apiKey: true,
    account: true,
    baseURL: true,
    headers: true,
    name: true,
  });
  const name = optionalText(FACTORY, 'name', given.name) ?? 'fireworks_ai';
  const account = optionalText(FACTORY, 'account', given.account);
  const readKey = credentialReader(FACTORY, 'apiKey', name, given.apiKey);
  const headers = withoutHeader(FACTORY, 'authorization', 'apiKey', readHeaders(FACTORY, given.headers));
  const base = withVersion(parseBaseURL(FACTORY, 'baseURL', given.baseURL ?? 'https://api.fireworks.ai'));

  async function locate(request: LocateRequest): Promise<UpstreamRequest> {
    const { resource, fileId } = request;
    if (resource !== 'files') {
      throw fileNotFound({ provider: name, cause: new Error(`This provider has no ${resource} content.`) });
    }
    const file = parseId(name, account, fileId);
    const path =
      `accounts/${encodeSegment(file.account, name)}` +
      `/datasets/${encodeSegment(file.dataset, name)}:getDownloadEndpoint`;
    const answer = await ask(request, joinURL(base, path));
    return { url: checkSignedURL(name, base, chooseURL(name, answer, file.filename)) };
  }

  async function ask(request: LocateRequest, url: string): Promise<unknown> {
    const { signal, agents, requireAllowed } = request;
    requireAllowed(url);
    // A refusal by the store says nothing about the key, which is only used for this request.
    const key = await readKey();
    const askWith = (secret: string): Promise<unknown> =>
      fetchJSON({
        provider: name,
        url,
        headers: { ...headers, authorization: `Bearer ${secret}` },
        signal,
        agents,
        requireAllowed,
      });
    try {
      return await askWith(key);
    } catch (error) {
      if (!isCredentialRefused(error)) throw error;
      const renewed = await readKey({ attempt: request.attempt, refusedCredential: true });
      if (renewed === key) throw error;
      return await askWith(renewed);
    }
  }

  /** Returns the store's URL unchanged, because nothing can be added to its signature. */
  async function presign(request: PresignRequest): Promise<PresignedURL> {
    const { url } = await locate(request);
    return { url };
  }

  return Object.freeze({ name, streaming: true, locate, presign });
}

function withVersion(base: BaseURL): BaseURL {
  return base.path.endsWith('/v1') ? base : { ...base, path: `${base.path}/v1` };
}

function parseId(provider: string, account: string | undefined, fileId: string): DatasetFile {
  const full = FULL_NAME.exec(fileId);
  if (full?.[1] !== undefined && full[2] !== undefined) {
    // With a fixed account, an id must not name another.
    if (account !== undefined && full[1] !== account) throw notFound(provider);
    return { account: full[1], dataset: full[2], filename: full[3] };
  }
  const short = SHORT_NAME.exec(fileId);
  if (account === undefined || short?.[1] === undefined) {
    throw new FileContentError('invalid_file_id', 'The id does not name a dataset.', { provider });
  }
  return { account, dataset: short[1], filename: short[2] };
}

/**
 * Chooses the URL of a file. The response maps the objects' paths to URLs; a file is named by its path or by the last
 * segment of it.
 */
function chooseURL(provider: string, answer: unknown, filename: string | undefined): unknown {
  const urls: unknown =
    typeof answer === 'object' && answer !== null
      ? ownMember(answer as Record<string, unknown>, 'filenameToSignedUrls')
      : undefined;
  if (typeof urls !== 'object' || urls === null) throw invalidAnswer(provider);
  const entries: [string, unknown][] = Object.entries(urls);
  const found =
    filename === undefined
      ? entries
      : entries.filter(([path]) => path === filename || path.slice(path.lastIndexOf('/') + 1) === filename);
  const [first, second] = found;
  if (first === undefined) throw notFound(provider);
  if (second !== undefined) {
    const message = 'The dataset holds several files of that name; write its id, a slash and the file.';
    throw new FileContentError('invalid_request', message, { provider, body: { param: 'file_id' } });
  }
  return first[1];
}

function notFound(provider: string): FileContentError {
  return fileNotFound({ provider });
}
