import axios, { type AxiosResponse } from 'axios';
import { FileContentError, fileNotFound } from '../errors';
import type { Agents, LocateRequest } from '../provider';
import { redact, secretsOf } from '../transfer/redaction';
import { freshAgents } from '../upstream/agents/fresh-agents';
import type { RequestSending } from '../upstream/agents/unasked-bytes';
import { plainError } from '../upstream/axios-error';
import { axiosTransport } from '../upstream/axios-transport';
import { RETRY_AFTER } from '../upstream/refusal';
import { errorCode } from '../values/native-error';

/** The answer of a first hop is a small JSON document; a longer one is not read. */
const MAX_BYTES = 1024 * 1024;

export interface JSONHop {
  readonly provider: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly agents: Agents;
  /** The check of {@link LocateRequest}: the credential goes to no origin that the router does not allow. */
  readonly requireAllowed: LocateRequest['requireAllowed'];
}

/**
 * Asks a provider for the JSON that says where the content is, through the router's agents. Redirects are not followed and
 * no proxy of the environment is used, so the credential reaches no other host; the time is limited by the signal alone.
 *
 * @throws FileContentError with the status that the refusal deserves; none of the provider's text is in it.
 */
export async function fetchJSON(hop: JSONHop): Promise<unknown> {
  const { provider, url, headers, signal, agents } = hop;
  hop.requireAllowed(url);
  let response: AxiosResponse<string>;
  try {
    response = await askTwiceIfStale(url, { headers, signal, agents });
  } catch (error) {
    signal.throwIfAborted();
    // An AxiosError holds the request with the key, so only what it says goes on.
    const cause = plainError(error);
    if (errorCode(cause) === 'ERR_BAD_RESPONSE') throw invalidAnswer(provider, cause);
    throw new FileContentError('provider_unreachable', 'The provider could not be reached.', { provider, cause });
  }
  if (response.status < 200 || response.status > 299) {
    throw refusal(provider, response, (text) => redact(text, secretsOf(new URL(url), headers)));
  }
  try {
    return JSON.parse(response.data);
  } catch {
    // What the parser says repeats the text, and with it whatever the provider repeats.
    throw invalidAnswer(provider, new Error('the answer is not JSON'));
  }
}

/** A request that a reused connection has swallowed is made once more, over a fresh one. */
async function askTwiceIfStale(
  url: string,
  { headers, signal, agents }: Pick<JSONHop, 'headers' | 'signal' | 'agents'>,
): Promise<AxiosResponse<string>> {
  let sending: RequestSending | undefined;
  const ask = (through: Agents): Promise<AxiosResponse<string>> =>
    axios.get<string>(url, {
      adapter: 'http',
      headers: { accept: 'application/json', ...headers },
      responseType: 'text',
      transformResponse: [],
      maxContentLength: MAX_BYTES,
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
      transport: axiosTransport(new URL(url), through, (_request, itsSending) => {
        sending = itsSending;
      }),
      signal,
    });
  try {
    return await ask(agents);
  } catch (error) {
    if (signal.aborted || sending?.staleness(errorCode(error)) === undefined) throw error;
    return await ask(freshAgents(agents));
  }
}

export function invalidAnswer(provider: string, cause?: unknown): FileContentError {
  return new FileContentError('provider_invalid_response', 'The provider did not say where the content is.', {
    provider,
    ...(cause === undefined ? undefined : { cause }),
  });
}

/** The cause of an error of {@link fetchJSON}, where the provider answered with another status than 2xx. */
export class HopRefusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the provider answered ${status} when it was asked where the content is`);
    this.status = status;
  }
}

function refusal(
  provider: string,
  { status, headers }: AxiosResponse,
  clean: (text: string) => string,
): FileContentError {
  const cause = new HopRefusal(status);
  if (status === 404) return fileNotFound({ provider, cause });
  if (status === 401 || status === 403) {
    const message = "The provider did not accept the gateway's credential.";
    return new FileContentError('provider_auth_failed', message, { provider, cause });
  }
  if (status === 429) {
    const retryAfter: unknown = headers['retry-after'];
    // The one text of the provider's that goes on; it may repeat the key as well as any other.
    const isKept = typeof retryAfter === 'string' && RETRY_AFTER.test(retryAfter) && clean(retryAfter) === retryAfter;
    return new FileContentError('rate_limited', 'The provider asks for fewer requests.', {
      provider,
      cause,
      ...(isKept ? { headers: { 'retry-after': retryAfter } } : undefined),
    });
  }
  const isError = status >= 400 && status <= 599;
  return new FileContentError(
    isError ? 'provider_error' : 'provider_invalid_response',
    'The provider refused to say where the content is.',
    { provider, cause, ...(isError ? { status } : undefined) },
  );
}
