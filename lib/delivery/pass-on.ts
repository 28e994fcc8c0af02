import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { type FileContentError, failedToServe, isFileContentError } from '../errors';
import { upstreamRequestId } from '../headers';
import { ownMembers } from '../own-members';
import type { UpstreamResponse } from '../providers/provider';
import type { Transfer } from '../transfer';
import { endOfTurn } from './end-of-turn';
import { contentInHand } from './in-hand';
import { headersFromProvider, transformFromProvider } from './provider-hooks';
import { type PumpOptions, pump } from './pump';
import { readRefusal } from './read-refusal';
import { relay } from './relay';
import type { Answer, Attempt } from './request-head';
import { type AcceptedHead, acceptHead, clientHead, headProblem } from './response-head';
import { throughTransform } from './through-transform';
import { afterHead, invalidResponse, tooLarge } from './upstream-error';
import { writeClientHead } from './write-head';

/** Everything about a response that is decided before its first byte passes. */
interface Passage {
  readonly head: AcceptedHead;
  readonly headers: OutgoingHttpHeaders;
  readonly transform: Transform | undefined;
}

/** Reads a provider's 4xx or 5xx; undefined where it did not refuse. */
export async function refusalOf(answer: Answer, attempt: Attempt): Promise<FileContentError | undefined> {
  const { transfer } = attempt;
  const { statusCode: status = 0, headers } = answer.response;
  const upstream: UpstreamResponse = { status, headers: ownMembers(headers) };
  transfer.upstreamStatus = status;
  transfer.upstreamRequestId = upstreamRequestId(upstream.headers);
  return status >= 400 && status <= 599 ? await readRefusal(answer, attempt, upstream) : undefined;
}

/**
 * Gives a provider's response that is not a refusal to the client: checked, with the headers that may pass, byte for byte.
 * The head is written with the first byte, so that a response which breaks before it can still be answered with an error.
 *
 * @throws FileContentError, or the reason of the transfer's abort
 */
export async function passOn(answer: Answer, attempt: Attempt, added: Readonly<Record<string, string>>): Promise<void> {
  const { transfer, watchdog } = attempt;
  const { response } = answer;
  const { res } = transfer;
  const upstream: UpstreamResponse = { status: response.statusCode ?? 0, headers: ownMembers(response.headers) };
  const passage = decide(answer, attempt, upstream, added);
  const writeHead = (): void => {
    try {
      writeClientHead(transfer, attempt.settings, upstream.status, {
        ...passage.headers,
        ...framing(transfer, passage),
      });
    } catch (error) {
      // Of the application's making, as when a middleware has answered already: no fault of the provider's.
      throw failedToServe(error);
    }
  };
  const { head } = passage;
  const whole = head.isBodiless || passage.transform ? undefined : contentInHand(response, head.contentLength);
  if (head.isBodiless) response.resume();
  else if (whole === undefined) await passContent(answer, attempt, passage, writeHead);
  else {
    // All that is small enough for one message is written together.
    await endOfTurn();
    transfer.signal.throwIfAborted();
  }
  if (whole !== undefined || !res.headersSent) writeHead();
  if (whole !== undefined) transfer.wrote(whole.length);
  transfer.delivered(head.isBodiless ? 'yes' : certaintyOf(response));
  if (whole === undefined) res.end();
  else res.end(whole);
  // What a small file needs is mostly taken at once; then there is nobody to wait for any more.
  if (res.writableFinished) watchdog.pause();
  else watchdog.enter('clientIdle');
}

/** Said and not left to Node: once a middleware has set or removed Transfer-Encoding, Node would delimit by close. */
function framing({ req }: Transfer, { head, headers }: Passage): OutgoingHttpHeaders {
  const isDelimited = head.isBodiless || headers['content-length'] !== undefined;
  return isDelimited || req.httpVersion === '1.0' ? {} : { 'transfer-encoding': 'chunked' };
}

function decide(
  answer: Answer,
  attempt: Attempt,
  upstream: UpstreamResponse,
  added: Readonly<Record<string, string>>,
): Passage {
  const { transfer, provider, settings, method } = attempt;
  const { status, headers } = upstream;
  const problem = headProblem(status, headers, { range: answer.sentHeaders['range'] });
  if (problem !== undefined) throw invalidResponse(provider.name, problem);
  const head = acceptHead(status, headers, method);
  // HEAD is told what GET would get, so the transformation counts there too, though nothing passes through it.
  const transform = transformFromProvider(provider, upstream);
  if (head.isBodiless) transform?.destroy();
  if (!head.isBodiless) {
    if (head.contentLength !== undefined && head.contentLength > settings.limits.maxBytes) {
      throw tooLarge(provider.name, settings.limits.maxBytes);
    }
    if (transform === undefined) transfer.bytesExpected = head.contentLength;
  }
  return {
    head,
    transform: head.isBodiless ? undefined : transform,
    headers: clientHead(head, headers, {
      allowed: settings.responseHeaders,
      added: { ...headersFromProvider(provider, upstream), ...added },
      isTransformed: transform !== undefined,
    }),
  };
}

async function passContent(
  answer: Answer,
  attempt: Attempt,
  { head, transform }: Passage,
  writeHead: () => void,
): Promise<void> {
  const { transfer, provider, watchdog, settings } = attempt;
  const { response } = answer;
  const { maxBytes } = settings.limits;
  const flow: PumpOptions = {
    transfer,
    watchdog,
    maxBytes,
    writeHead,
    onTooLarge: () => tooLarge(provider.name, maxBytes),
  };
  let isRelayed = false;
  answer.onLateError((error) => {
    // After a whole message, the parser's complaint is about what follows it, which is nobody's content.
    if (!response.complete && !isRelayed) fail(transfer, provider.name, error);
  });
  const canRelay = settings.relay && transform === undefined && head.contentLength !== undefined;
  try {
    const relayed = canRelay ? relay(response, head.contentLength, transfer.res, flow) : undefined;
    if (relayed !== undefined) {
      await relayed;
      isRelayed = true;
      // Its parser knows nothing of the body, so the connection is of no more use.
      answer.exchange.close();
      return;
    }
    await pump(transform ? throughTransform(response, transform) : response, transfer.res, flow);
  } catch (error) {
    if (!isFileContentError(error)) fail(transfer, provider.name, error);
    transfer.signal.throwIfAborted();
    throw error;
  }
  const isShort =
    transform === undefined && head.contentLength !== undefined && transfer.bytesWritten !== head.contentLength;
  if (response.complete && !isShort) return;
  const declared = head.contentLength ?? 'an unknown number of';
  fail(transfer, provider.name, new Error(`${transfer.bytesWritten} of ${declared} bytes arrived`));
  transfer.signal.throwIfAborted();
}

function fail(transfer: Transfer, provider: string, cause: unknown): void {
  const { error, outcome } = afterHead(cause, provider);
  transfer.fail(error, outcome);
}

/** A message that only the closing of its connection ended may have been cut without a trace. */
function certaintyOf({ headers }: IncomingMessage): 'yes' | 'unknown' {
  const isDelimited = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return isDelimited ? 'yes' : 'unknown';
}
