import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { failedToServe } from '../../errors';
import { type AcceptedHead, acceptHead, clientHead, withoutRawBytes } from '../../http/response-head';
import type { Settings } from '../../options';
import { endOfTurn } from '../../transfer/end-of-turn';
import type { ViaReason } from '../../transfer/record';
import type { Transfer } from '../../transfer/transfer';
import type { AskOptions } from '../../upstream/ask';
import type { Exchange } from '../../upstream/exchange';
import { headersFromProvider, transformFromProvider } from '../../upstream/provider-hooks';
import { tooLarge } from '../../upstream/upstream-error';
import { selectFor } from '../buffered/send';
import { framing, presentationOf, writeClientHead } from '../client/write-head';
import { relayObstacle } from '../relay/relay';
import { moveBody } from './move-body';
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

/**
 * Gives a provider's response that is not a refusal to the client: checked, with the headers that may pass, byte for
 * byte. The head is written with the first byte, so that a response which breaks before it can still be answered with
 * an error.
 *
 * @throws FileContentError, or the reason of the transfer's abort
 */
export async function passOn(
  exchange: Exchange,
  options: AskOptions,
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
  else if (whole === undefined) {
    const { transform } = passage;
    const length = transform ? undefined : head.contentLength;
    const isRelayed = obstacle === undefined;
    await moveBody(exchange, { length, declared: head.contentLength, transform, isRelayed, writeHead }, options);
  } else {
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
  { transfer, resolved: { provider }, settings }: AskOptions,
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
