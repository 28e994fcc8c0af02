import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { type Agents, agentFor, createFreshAgents } from '../agents';
import { type FileContentError, isFileContentError } from '../errors';
import { upstreamRequestHeaders, upstreamRequestId } from '../headers';
import type { Settings } from '../options';
import type { LocatedProvider, UpstreamResponse } from '../providers/provider';
import type { ResolvedTransfer } from '../resolution';
import type { Transfer } from '../transfer';
import { type LocatedUpstream, locateUpstream } from '../upstream';
import type { Watchdog } from '../watchdog';
import { createEngine, type Engine, type Exchange } from './engine';
import type { Phase } from './flow-watchdog';
import { pump } from './pump';
import { redirectTarget } from './redirect';
import { MAX_REFUSAL_BYTES, refusalError } from './refusal';
import { acceptHead, clientHead, headProblem } from './response-head';
import { afterHead, beforeHead, errorCode, invalidResponse, tooLarge } from './upstream-error';

type StreamedTransfer = ResolvedTransfer & { readonly provider: LocatedProvider };

/** A response whose head has arrived, and the exchange that it belongs to. */
interface Answer {
  readonly exchange: Exchange;
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
  /** Calls back when the exchange fails after the head: what the parser finds is told to the request, not to the response. */
  onLateError(listener: (error: Error) => void): void;
}

/** A kept-alive connection that the provider had closed already swallowed the request: it may be repeated once. */
class StaleConnection extends Error {
  readonly answer: FileContentError;
  constructor(answer: FileContentError) {
    super('The connection was stale.');
    this.answer = answer;
  }
}

interface Attempt {
  readonly transfer: Transfer;
  readonly provider: LocatedProvider;
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
  readonly method: 'GET' | 'HEAD';
}

export interface StreamingDelivery {
  /** Resolves when the whole response was given to the client's connection. @throws FileContentError, or the transfer's abort reason */
  deliver(transfer: Transfer, resolved: StreamedTransfer, watchdog: Watchdog<Phase>): Promise<void>;
}

export function createStreamingDelivery(settings: Settings, agents: Agents): StreamingDelivery {
  const engine = createEngine();
  const freshAgents = createFreshAgents(settings.agents);

  async function firstAnswer(attempt: Attempt, resolved: StreamedTransfer): Promise<Answer> {
    const { transfer, method } = attempt;
    let located = await locateOrReport(transfer, () => locateUpstream(transfer, resolved, { settings, method }));
    try {
      return await follow(attempt, located, agents);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
    }
    located = await locateUpstream(transfer, resolved, { settings, method });
    return follow(attempt, located, freshAgents).catch((error: unknown) => {
      throw error instanceof StaleConnection ? error.answer : error;
    });
  }

  async function follow(attempt: Attempt, start: LocatedUpstream, through: Agents): Promise<Answer> {
    let located = start;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await requestHead(engine, attempt, located, through);
      const next = redirectTarget(answer.response, located, redirects, attempt.provider, settings.allowedOrigins);
      if (next === undefined) return answer;
      answer.exchange.close();
      located = next;
    }
  }

  return {
    async deliver(transfer, resolved, watchdog) {
      const { provider } = resolved;
      const method = transfer.req.method === 'HEAD' ? 'HEAD' : 'GET';
      const attempt: Attempt = { transfer, provider, watchdog, settings, method };
      const answer = await firstAnswer(attempt, resolved);
      try {
        await passOn(answer, attempt, resolved);
      } catch (error) {
        answer.exchange.close();
        throw error;
      }
    },
  };
}

/** Adapters hear of the start once the provider's address is known, and of a transfer that fails at finding it, too. */
async function locateOrReport(transfer: Transfer, locate: () => Promise<LocatedUpstream>): Promise<LocatedUpstream> {
  try {
    return await locate();
  } finally {
    transfer.started();
  }
}

function headersFor(attempt: Attempt, located: LocatedUpstream): Record<string, string> {
  const { transfer, provider, settings } = attempt;
  // A part of a transformed content cannot be asked for in the provider's own positions.
  const allowed = provider.transform
    ? settings.requestHeaders.filter((name) => name !== 'range' && name !== 'if-range')
    : settings.requestHeaders;
  return upstreamRequestHeaders(transfer.req.headers, located.headers, allowed);
}

/** Sends one request and waits for its response head, within the limits for connecting and for headers. */
function requestHead(engine: Engine, attempt: Attempt, located: LocatedUpstream, agents: Agents): Promise<Answer> {
  const { transfer, provider, watchdog, method } = attempt;
  const { signal } = transfer;
  signal.throwIfAborted();
  transfer.attempts += 1;
  watchdog.enter('connect');
  return new Promise((resolve, reject) => {
    let request: ClientRequest | undefined;
    let bytesBefore = 0;
    let onLate: ((error: Error) => void) | undefined;
    let lateError: Error | undefined;
    let hasHead = false;

    const onAbort = (): void => {
      exchange.close();
      reject(signal.reason);
    };
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      exchange.close();
      reject(error);
    };
    const onUpgrade = (): void => fail(invalidResponse(provider.name, 'status 101 although no upgrade was asked for'));

    const exchange = engine.exchange(
      {
        url: located.url,
        method,
        headers: headersFor(attempt, located),
        agent: agentFor(located.url, agents),
        clientSocket: transfer.req.socket,
      },
      {
        onRequest(assigned) {
          request = assigned;
          bytesBefore = assigned.socket?.bytesRead ?? 0;
          assigned.once('upgrade', onUpgrade);
          const { socket } = assigned;
          if (socket === null || !socket.connecting) watchdog.enter('headers');
          else
            socket.once(located.url.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
              watchdog.enter('headers'),
            );
        },
        onResponse(response) {
          hasHead = true;
          signal.removeEventListener('abort', onAbort);
          // Until somebody reads it, a failure of the response has no listener but this one.
          response.on('error', () => undefined);
          watchdog.enter('idle');
          resolve({
            exchange,
            request: request!,
            response,
            onLateError(listener) {
              onLate = listener;
              if (lateError) listener(lateError);
            },
          });
        },
        onError(error) {
          if (hasHead) {
            lateError ??= error;
            onLate?.(error);
            return;
          }
          const received = (request?.socket?.bytesRead ?? 0) - bytesBefore;
          const answer = beforeHead(error, provider.name, received);
          const isStale =
            request?.reusedSocket === true && received === 0 && /^(ECONNRESET|EPIPE)$/.test(errorCode(error));
          fail(isStale ? new StaleConnection(answer) : answer);
        },
      },
    );
    transfer.onSettled(() => exchange.close());
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Checks the response and gives it to the client. */
async function passOn(answer: Answer, attempt: Attempt, resolved: StreamedTransfer): Promise<void> {
  const { transfer, provider, settings, method } = attempt;
  const { response } = answer;
  const { res } = transfer;
  const status = response.statusCode ?? 0;
  transfer.upstreamStatus = status;
  transfer.upstreamRequestId = upstreamRequestId(response.headers);
  const upstream: UpstreamResponse = { status, headers: response.headers };
  if (status >= 400 && status <= 599) {
    const error = await refused(answer, attempt, upstream);
    transfer.fail(error, 'upstream_error');
    throw error;
  }

  const range = provider.transform ? undefined : transfer.req.headers.range;
  const problem = headProblem(status, response.headers, { method, range });
  if (problem !== undefined) throw invalidResponse(provider.name, problem);
  const head = acceptHead(status, response.headers, method);
  const transform = head.isBodiless ? undefined : provider.transform?.(upstream);
  if (!transform) transfer.bytesExpected = head.isBodiless ? undefined : head.contentLength;
  if (head.contentLength !== undefined && head.contentLength > settings.limits.maxBytes && !head.isBodiless) {
    throw tooLarge(provider.name, settings.limits.maxBytes);
  }
  const added = { ...provider.responseHeaders?.(upstream), ...resolved.responseHeaders };
  const headers = clientHead(head, response.headers, {
    allowed: settings.responseHeaders,
    added,
    isTransformed: transform !== undefined,
  });
  const writeHead = (): void => {
    res.writeHead(status, headers);
  };

  if (head.isBodiless) {
    response.resume();
    writeHead();
  } else {
    const source = transform ? pipeline(response, transform, () => undefined) : response;
    answer.onLateError((error) => {
      if (!response.complete) failBroken(transfer, provider.name, error);
    });
    try {
      await pump(source, res, {
        transfer,
        watchdog: attempt.watchdog,
        maxBytes: settings.limits.maxBytes,
        writeHead,
        onTooLarge: () => tooLarge(provider.name, settings.limits.maxBytes),
      });
    } catch (error) {
      if (!isFileContentError(error)) failBroken(transfer, provider.name, error);
      throw error;
    }
    const passed = transform ? undefined : transfer.bytesWritten;
    if (
      !response.complete ||
      (head.contentLength !== undefined && passed !== undefined && passed !== head.contentLength)
    ) {
      const error = new Error(
        `${transfer.bytesWritten} of ${head.contentLength ?? 'an unknown number of'} bytes arrived`,
      );
      failBroken(transfer, provider.name, error);
      transfer.signal.throwIfAborted();
    }
    if (!res.headersSent) writeHead();
  }
  transfer.delivered(certaintyOf(answer, head.isBodiless));
  attempt.watchdog.enter('clientIdle');
  res.end();
}

function failBroken(transfer: Transfer, provider: string, cause: unknown): void {
  const { error, outcome } = afterHead(cause, provider);
  transfer.fail(error, outcome);
}

/** Reads what a provider says of its refusal, up to a bound, and gives it OpenAI's shape. */
async function refused(
  { response, exchange }: Answer,
  { transfer, provider, watchdog }: Attempt,
  upstream: UpstreamResponse,
): Promise<FileContentError> {
  const chunks: Buffer[] = [];
  let size = 0;
  const { signal } = transfer;
  const onAbort = (): void => void response.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of response) {
      watchdog.activity();
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What arrived of it is enough: the status is known.
  } finally {
    signal.removeEventListener('abort', onAbort);
    exchange.close();
  }
  signal.throwIfAborted();
  const body = Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES);
  return refusalError(upstream, body, {
    provider: provider.name,
    redact: (text) => transfer.redact(text),
    ...(provider.redactedError && { redactedError: provider.redactedError }),
  });
}

/** A message that only the closing of its connection ended may have been cut without a trace. */
function certaintyOf({ response }: Answer, isBodiless: boolean): 'yes' | 'unknown' {
  const isDelimited =
    response.headers['content-length'] !== undefined || response.headers['transfer-encoding'] !== undefined;
  return isBodiless || isDelimited ? 'yes' : 'unknown';
}
