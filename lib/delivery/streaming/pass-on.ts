import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { failedToServe, isFileContentError } from '../../errors';
import { type AcceptedHead, acceptHead, clientHead, withoutRawBytes } from '../../http/response-head';
import type { Settings } from '../../options';
import type { LocatedProvider } from '../../provider';
import { endOfTurn } from '../../transfer/end-of-turn';
import type { ViaReason } from '../../transfer/record';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import type { Exchange } from '../../upstream/exchange';
import { headersFromProvider, transformFromProvider } from '../../upstream/provider-hooks';
import { throughTransform } from '../../upstream/through-transform';
import { afterHead, tooLarge } from '../../upstream/upstream-error';
import { selectFor } from '../buffered/send';
import { type PumpOptions, pump } from '../client/pump';
import { framing, presentationOf, writeClientHead } from '../client/write-head';
import { relay, relayObstacle } from '../relay/relay';
import { contentInHand } from './small-body';

/** Everything about a response that is decided before its first byte passes. */
interface Passage {
  readonly head: AcceptedHead;
  /**
   * Does the provider send content that the client does not get: a HEAD that was asked for with GET, or a 304 of ours?
   */
  readonly hasUnwantedBody: boolean;
  /** Does Content-Length mark the end of the message? */
  readonly isFramed: boolean;
  /** Does anything prove that the content is whole? Not where only the closing of the connection ends it. */
  readonly certainty: 'yes' | 'unknown';
  readonly headers: OutgoingHttpHeaders;
  readonly transform: Transform | undefined;
}

/** For whom a response is passed on. */
export interface PassOnOptions {
  readonly transfer: Transfer;
  readonly provider: LocatedProvider;
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
}

/**
 * Gives a provider's response that is not a refusal to the client: checked, with the headers that may pass, byte for
 * byte. The head is written with the first byte, so that a response which breaks before it can still be answered with
 * an error.
 *
 * @throws FileContentError, or the reason of the transfer's abort
 */
export async function passOn(
  exchange: Exchange,
  options: PassOnOptions,
  added: Readonly<Record<string, string>>,
): Promise<void> {
  const { transfer, watchdog, settings } = options;
  const { response } = exchange;
  const { res } = transfer;
  const passage = decide(exchange, options, added);
  const obstacle = obstacleTo(passage, response, transfer, settings);
  transfer.deliveredBy(obstacle === undefined ? 'relay' : 'pipeline', obstacle);
  const writeHead = (): void => {
    try {
      writeClientHead(transfer, settings, passage.head.status, {
        ...passage.headers,
        ...framing(transfer, passage.head.isBodiless || passage.headers['content-length'] !== undefined),
      });
    } catch (error) {
      // Of the application's making, as when a middleware has answered already: no fault of the provider's.
      throw failedToServe(error);
    }
  };
  const { head } = passage;
  const whole = head.isBodiless || passage.transform ? undefined : contentInHand(response, head.contentLength);
  if (head.isBodiless) dropBody(exchange, passage);
  else if (whole === undefined) await passContent(exchange, options, passage, obstacle === undefined, writeHead);
  else {
    // All that is small enough for one message is written together.
    await endOfTurn();
    transfer.signal.throwIfAborted();
  }
  if (whole !== undefined || !res.headersSent) writeHead();
  if (whole !== undefined) transfer.wrote(whole);
  transfer.delivered(passage.certainty);
  if (whole === undefined) res.end();
  else res.end(whole);
  // What a small file needs is mostly taken at once; then there is nobody to wait for any more.
  if (res.writableFinished) watchdog.pause();
  else watchdog.enter('clientIdle');
}

/** Why the body has to take the pipeline; undefined where it can be relayed. */
function obstacleTo(
  { head, isFramed, transform }: Passage,
  response: IncomingMessage,
  { res }: Transfer,
  { relay: isRelayOn }: Settings,
): ViaReason | undefined {
  if (!isRelayOn) return 'off';
  if (head.isBodiless) return 'no_body';
  if (transform !== undefined) return 'transform';
  if (!isFramed || head.contentLength === undefined) return 'no_length';
  return relayObstacle(response, head.contentLength, res);
}

/** What nobody reads is not fetched; of a response that has no content anyway the connection is free again. */
function dropBody(exchange: Exchange, { hasUnwantedBody }: Passage): void {
  if (hasUnwantedBody) exchange.close();
  else exchange.response.resume();
}

function decide(
  { request, head: upstream }: Exchange,
  { transfer, provider, settings }: PassOnOptions,
  added: Readonly<Record<string, string>>,
): Passage {
  const { status, headers } = upstream;
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
    hasUnwantedBody: head.isBodiless && !acceptHead(status, headers, request.method).isBodiless,
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
  exchange: Exchange,
  { transfer, provider, watchdog, settings }: PassOnOptions,
  { head, isFramed, transform }: Passage,
  isRelayed: boolean,
  writeHead: () => void,
): Promise<void> {
  const { response } = exchange;
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
  exchange.onLateError((error) => {
    // After a whole message, the parser's complaint is about what follows it, which is nobody's content.
    if (!response.complete && !isOver) fail(transfer, provider.name, error);
  });
  try {
    const relayed = isRelayed && length !== undefined ? relay(response, length, transfer.res, flow) : undefined;
    if (relayed !== undefined) await relayed;
    else await pump(transform ? throughTransform(response, transform, onProgress) : response, transfer.res, flow);
    if (relayed !== undefined || (!isFramed && transfer.bytesWritten === length && !response.complete)) {
      isOver = true;
      // The parser knows nothing of a body that was relayed, and what follows one that was cut is of no use.
      exchange.close();
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
