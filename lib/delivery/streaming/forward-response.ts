import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { failedToServe } from '../../errors';
import { type AcceptedHead, acceptHead, clientHead, withoutRawBytes } from '../../http/response-head';
import type { Settings } from '../../options/options';
import { endOfTurn } from '../../transfer/event-loop/end-of-turn';
import type { ViaReason } from '../../transfer/record';
import type { Transfer } from '../../transfer/transfer';
import type { AskOptions } from '../../upstream/ask';
import type { Exchange } from '../../upstream/exchange';
import { headersFromProvider, transformFromProvider } from '../../upstream/provider-hooks';
import { tooLarge } from '../../upstream/upstream-error';
import { selectFor } from '../buffered/send-stored';
import { framing, presentationOf, writeClientHead } from '../client/write-head';
import { endWith } from '../client/write-now';
import { relayObstacle } from '../relay/relay';
import { arrivedBody } from './arrived-body';
import { moveBody } from './move-body';

/** Everything that is decided about a response before its first byte is sent. */
interface ForwardPlan {
  readonly head: AcceptedHead;
  /**
   * Whether the provider sends a body that the client does not get: for a HEAD that was sent as GET, or a 304 made
   * here.
   */
  readonly hasUnwantedBody: boolean;
  /** Whether Content-Length marks the end of the message. */
  readonly isFramed: boolean;
  /**
   * Whether the end of the body proves that it is complete. It does not if only the closing of the connection marks it.
   */
  readonly certainty: 'yes' | 'unknown';
  readonly headers: OutgoingHttpHeaders;
  readonly transform: Transform | undefined;
}

/**
 * Sends a provider's success to the client byte for byte, with checked and allowed headers. The head is written with
 * the first byte, so that the client still gets an error response if the body fails earlier.
 *
 * @throws FileContentError, or the reason of the transfer's abort
 */
export async function forwardResponse(
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
      // The application's failure, for example a middleware that has already responded.
      throw failedToServe(error);
    }
  };
  const { head } = passage;
  const whole = head.isBodiless || passage.transform ? undefined : arrivedBody(response, head.contentLength);
  if (head.isBodiless) dropBody(exchange, passage);
  else if (whole === undefined) {
    const { transform } = passage;
    const length = transform ? undefined : head.contentLength;
    const body = { length, declared: head.contentLength, transform, writeHead };
    await moveBody(exchange, { ...body, isRelayed: obstacle === undefined }, options);
  } else {
    // All that is small enough for one message is written together.
    await endOfTurn();
    transfer.signal.throwIfAborted();
  }
  if (whole !== undefined || !res.headersSent) writeHead();
  if (whole !== undefined) transfer.wrote(whole);
  transfer.delivered(passage.certainty);
  if (whole === undefined) res.end();
  else endWith(res, whole);
  // The system usually takes a small file at once, and then there is no client to wait for.
  if (res.writableFinished) watchdog.pause();
  else watchdog.enter('clientIdle');
}

/** Says why the body must take the pipeline, or returns undefined if it can be relayed. */
function obstacleTo(
  { head, isFramed, transform }: ForwardPlan,
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

/** Ends a response whose body is not wanted. If it has no body, the connection can be reused. */
function dropBody(exchange: Exchange, { hasUnwantedBody }: ForwardPlan): void {
  if (hasUnwantedBody) exchange.close();
  else exchange.response.resume();
}

function decide(
  { request, head: upstream }: Exchange,
  { transfer, resolved: { provider }, settings }: AskOptions,
  added: Readonly<Record<string, string>>,
): ForwardPlan {
  const { status, headers } = upstream;
  // A HEAD may have been sent as GET.
  let head = acceptHead(status, headers, transfer.method);
  const declared = headers['content-length'];
  if (!head.isBodiless && declared !== undefined && Number(declared) > settings.limits.maxBytes) {
    throw tooLarge(provider.name, settings.limits.maxBytes);
  }
  const own = { ...headersFromProvider(provider, upstream), ...added };
  // HEAD gets the headers of GET, so the transformation counts, although no body passes through it.
  const transform = transformFromProvider(provider, upstream, transfer);
  if (provider.transform !== undefined) {
    // The client's conditions were not sent to the provider: they apply to the transformed body.
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
    // A length that is known only from Content-Range is checked but not declared: the end of the message must be seen
    // too.
    headers: clientHead(declared === undefined ? { ...head, contentLength: undefined } : head, headers, {
      allowed: settings.responseHeaders,
      added: own,
      isTransformed: transform !== undefined,
      ...presentationOf(transfer, settings),
    }),
  };
}
