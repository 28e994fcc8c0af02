import type { OutgoingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { type FileContentError, failedToServe, isFileContentError } from '../../errors';
import { headersOf } from '../../http/message-headers';
import {
  type AcceptedHead,
  acceptHead,
  askedBy,
  clientHead,
  headProblem,
  withoutRawBytes,
} from '../../http/response-head';
import { upstreamRequestId } from '../../http/response-headers';
import type { UpstreamResponse } from '../../provider';
import { endOfTurn } from '../../transfer/end-of-turn';
import type { Transfer } from '../../transfer/transfer';
import { headersFromProvider, transformFromProvider } from '../../upstream/provider-hooks';
import { readRefusal } from '../../upstream/read-refusal';
import type { Answer, Attempt } from '../../upstream/request-head';
import { throughTransform } from '../../upstream/through-transform';
import { afterHead, invalidResponse, tooLarge } from '../../upstream/upstream-error';
import { ownMembers } from '../../values/own-members';
import { selectFor } from '../buffered/send';
import { type PumpOptions, pump } from '../client/pump';
import { presentationOf, writeClientHead } from '../client/write-head';
import { relay } from '../relay/relay';
import { contentInHand } from './small-body';

/** Everything about a response that is decided before its first byte passes. */
interface Passage {
  readonly head: AcceptedHead;
  /** Does the provider send content that the client does not get: a HEAD that was asked for with GET, or a 304 of ours? */
  readonly hasUnwantedBody: boolean;
  /** Does Content-Length mark the end of the message? */
  readonly isFramed: boolean;
  /** Does anything prove that the content is whole? Not where only the closing of the connection ends it. */
  readonly certainty: 'yes' | 'unknown';
  readonly headers: OutgoingHttpHeaders;
  readonly transform: Transform | undefined;
}

/** Reads a provider's 4xx or 5xx; undefined where it did not refuse. */
export async function refusalOf(answer: Answer, attempt: Attempt): Promise<FileContentError | undefined> {
  const { transfer } = attempt;
  const { statusCode: status = 0 } = answer.response;
  const headers = ownMembers(headersOf(answer.response));
  const upstream: UpstreamResponse = { status, headers: ownMembers(headers) };
  transfer.responded(status, upstreamRequestId(upstream.headers));
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
  const upstream: UpstreamResponse = { status: response.statusCode ?? 0, headers: ownMembers(headersOf(response)) };
  const passage = decide(answer, attempt, upstream, added);
  transfer.deliveredBy('pipeline');
  const writeHead = (): void => {
    try {
      writeClientHead(transfer, attempt.settings, passage.head.status, {
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
  if (head.isBodiless) dropBody(answer, passage);
  else if (whole === undefined) await passContent(answer, attempt, passage, writeHead);
  else {
    // All that is small enough for one message is written together.
    await endOfTurn();
    transfer.signal.throwIfAborted();
  }
  if (whole !== undefined || !res.headersSent) writeHead();
  if (whole !== undefined) transfer.wrote(whole.length);
  transfer.delivered(passage.certainty);
  if (whole === undefined) res.end();
  else res.end(whole);
  // What a small file needs is mostly taken at once; then there is nobody to wait for any more.
  if (res.writableFinished) watchdog.pause();
  else watchdog.enter('clientIdle');
}

/** What nobody reads is not fetched; of a response that has no content anyway the connection is free again. */
function dropBody({ response, exchange }: Answer, { hasUnwantedBody }: Passage): void {
  if (hasUnwantedBody) exchange.close();
  else response.resume();
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
  const { transfer, provider, settings } = attempt;
  const { status, headers } = upstream;
  const problem = headProblem(status, headers, askedBy(answer.sentHeaders));
  if (problem !== undefined) throw invalidResponse(provider.name, problem);
  // A HEAD may have been asked for with GET.
  let head = acceptHead(status, headers, transfer.method);
  const declared = headers['content-length'];
  if (!head.isBodiless && declared !== undefined && Number(declared) > settings.limits.maxBytes) {
    throw tooLarge(provider.name, settings.limits.maxBytes);
  }
  const own = { ...headersFromProvider(provider, upstream), ...added };
  // HEAD is told what GET would get, so the transformation counts there too, though nothing passes through it.
  const transform = transformFromProvider(provider, upstream, transfer);
  if (provider.transform !== undefined) {
    // Its conditions were not sent: they are about what the client gets.
    const about = transform ? withoutRawBytes(headers) : headers;
    const selected = selectFor(transfer, { status, headers: about, added: own, size: undefined });
    if (selected?.status === 304) head = acceptHead(304, headers, transfer.method);
  }
  if (!head.isBodiless && transform === undefined && declared !== undefined) transfer.expects(head.contentLength);
  const isDelimited = declared !== undefined || headers['transfer-encoding'] !== undefined;
  return {
    head,
    hasUnwantedBody: head.isBodiless && !acceptHead(status, headers, attempt.method).isBodiless,
    isFramed: declared !== undefined,
    certainty: head.isBodiless || isDelimited ? 'yes' : 'unknown',
    transform: head.isBodiless ? undefined : transform,
    // A length that only Content-Range tells is checked, not promised: the end of the message has to be seen as well.
    headers: clientHead(declared === undefined ? { ...head, contentLength: undefined } : head, headers, {
      allowed: settings.responseHeaders,
      added: own,
      isTransformed: transform !== undefined,
      ...presentationOf(transfer, settings),
    }),
  };
}

async function passContent(
  answer: Answer,
  attempt: Attempt,
  { head, isFramed, transform }: Passage,
  writeHead: () => void,
): Promise<void> {
  const { transfer, provider, watchdog, settings } = attempt;
  const { response } = answer;
  const { maxBytes } = settings.limits;
  const length = transform ? undefined : head.contentLength;
  const flow: PumpOptions = {
    transfer,
    watchdog,
    maxBytes,
    // The parser ends a body of declared length itself.
    length: isFramed ? undefined : length,
    writeHead,
    onTooLarge: () => tooLarge(provider.name, maxBytes),
  };
  const onProgress = (): void => watchdog.activity();
  let isOver = false;
  answer.onLateError((error) => {
    // After a whole message, the parser's complaint is about what follows it, which is nobody's content.
    if (!response.complete && !isOver) fail(transfer, provider.name, error);
  });
  try {
    const relayed =
      settings.relay && isFramed && length !== undefined ? relay(response, length, transfer.res, flow) : undefined;
    if (relayed !== undefined) {
      transfer.deliveredBy('relay');
      await relayed;
    } else await pump(transform ? throughTransform(response, transform, onProgress) : response, transfer.res, flow);
    if (relayed !== undefined || (!isFramed && transfer.bytesWritten === length && !response.complete)) {
      isOver = true;
      // The parser knows nothing of a body that was relayed, and what follows one that was cut is of no use.
      answer.exchange.close();
      return;
    }
  } catch (error) {
    if (!isFileContentError(error)) fail(transfer, provider.name, error);
    transfer.signal.throwIfAborted();
    throw error;
  }
  if (response.complete && (length === undefined || transfer.bytesWritten === length)) return;
  const declared = head.contentLength ?? 'an unknown number of';
  fail(transfer, provider.name, new Error(`${transfer.bytesWritten} of ${declared} bytes arrived`));
  transfer.signal.throwIfAborted();
}

function fail(transfer: Transfer, provider: string, cause: unknown): void {
  const { error, outcome } = afterHead(cause, provider);
  transfer.fail(error, outcome);
}
