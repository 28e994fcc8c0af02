import type { IncomingMessage } from 'node:http';
import { FileContentError, fileNotFound } from '../errors';
import { headersOf } from '../http/message-headers';
import type { Agents, LocateRequest } from '../provider-contract/provider';
import { HopRefusal } from '../transfer/outcome';
import { redact, secretsOf } from '../transfer/redaction/redaction';
import { agentFor } from '../upstream/agents/agents';
import { freshAgents } from '../upstream/agents/fresh-agents';
import { axiosSender } from '../upstream/axios-sender';
import { type Exchange, exchange } from '../upstream/exchange';
import { RETRY_AFTER } from '../upstream/refusal/refusal';
import { RequestFailure } from '../upstream/upstream-error';
import { ownMember } from '../values/own-members';

/** The longest JSON document that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;

export interface JSONHop {
  readonly provider: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly agents: Agents;
  /** The check of {@link LocateRequest}: the credential is only sent to origins that the router allows. */
  readonly requireAllowed: LocateRequest['requireAllowed'];
}

/**
 * Requests the JSON with the file's location from a provider, with the router's agents. Redirects are not followed and
 * no proxy from the environment is used, so the credential reaches no other host. Only the signal limits the time.
 *
 * @throws FileContentError for the refusal, without any of the provider's text
 */
export async function fetchJSON(hop: JSONHop): Promise<unknown> {
  const given = await openHop(hop);
  try {
    return parse(await readText(given, hop), hop.provider);
  } finally {
    given.close();
  }
}

/**
 * Makes the request of {@link fetchJSON} and returns the unread response, for a document of any length.
 *
 * @throws FileContentError as {@link fetchJSON}
 */
export async function openHop(hop: JSONHop): Promise<Exchange> {
  const { provider, url, headers } = hop;
  hop.requireAllowed(url);
  const given = await requestTwiceIfStale(hop);
  const status = given.response.statusCode ?? 0;
  if (status >= 200 && status <= 299) return given;
  given.close();
  throw refusal(provider, status, given.response, (text) => redact(text, secretsOf(new URL(url), headers)));
}

/** Retries a request once over a new connection if a reused one was stale. */
async function requestTwiceIfStale(hop: JSONHop): Promise<Exchange> {
  try {
    return await request(hop, hop.agents);
  } catch (failure) {
    if (!(failure instanceof RequestFailure)) throw failure;
    if (failure.staleness === undefined) throw failure.error;
  }
  return await request(hop, freshAgents(hop.agents)).catch((failure: unknown) => {
    throw failure instanceof RequestFailure ? failure.error : failure;
  });
}

function request({ provider, url: href, headers, signal }: JSONHop, agents: Agents): Promise<Exchange> {
  const url = new URL(href);
  return exchange(
    {
      url,
      method: 'GET',
      headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers },
      agent: agentFor(url, agents),
      isTapped: false,
    },
    {
      sender: axiosSender,
      provider,
      requester: { signal, onAborted: (listener) => onAborted(signal, listener) },
      watchdog: NONE,
    },
  );
}

/** A watchdog without limits, because the signal limits the time. */
const NONE = { enter: () => undefined };

function onAborted(signal: AbortSignal, listener: () => void): () => void {
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/**
 * Reads a response of {@link openHop}.
 *
 * @throws FileContentError `provider_invalid_response` if it is too long or truncated
 */
export async function readText(
  given: Exchange,
  { provider, signal }: Pick<JSONHop, 'provider' | 'signal'>,
  maxBytes = MAX_BYTES,
): Promise<string> {
  const { response } = given;
  const unwatch = onAborted(signal, () => response.destroy());
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw invalidAnswer(provider, given.lateError ?? error);
  } finally {
    unwatch();
  }
  if (size > maxBytes) throw invalidAnswer(provider, new Error(`the response is longer than ${maxBytes} bytes`));
  return Buffer.concat(chunks).toString();
}

function parse(text: string, provider: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // The parser's error would quote the text, which may contain secrets.
    throw invalidAnswer(provider, new Error('the response is not JSON'));
  }
}

export function invalidAnswer(provider: string, cause?: unknown): FileContentError {
  return new FileContentError('provider_invalid_response', 'The provider did not say where the content is.', {
    provider,
    ...(cause === undefined ? undefined : { cause }),
  });
}

function refusal(
  provider: string,
  status: number,
  response: IncomingMessage,
  clean: (text: string) => string,
): FileContentError {
  const cause = new HopRefusal(status);
  if (status === 404) return fileNotFound({ provider, cause });
  if (status === 401 || status === 403 || status === 407) {
    const message = "The provider did not accept the gateway's credential.";
    return new FileContentError('provider_auth_failed', message, { provider, cause });
  }
  if (status === 429) {
    const retryAfter = ownMember(headersOf(response), 'retry-after');
    // The only text of the provider that is passed on. Like any other it may contain the key.
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
