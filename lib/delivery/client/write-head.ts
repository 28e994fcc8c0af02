import type { OutgoingHttpHeaders } from 'node:http';
import { refuseToLoad } from '../../http/loaded-code';
import { headersOf } from '../../http/message-headers';
import type { Presentation } from '../../http/presentation';
import type { ClientHeadOptions } from '../../http/response-head';
import { clearContentHeaders } from '../../http/response-headers';
import type { Settings } from '../../options/options';
import { printableRequestId } from '../../transfer/request-id';
import type { Transfer } from '../../transfer/transfer';
import { ownMember } from '../../values/own-members';

/**
 * Writes the head of a success. If a middleware has set the gateway's own `X-Request-Id`, it stays, and the provider's
 * id reaches the client only under the name in `headers.upstreamRequestId`.
 */
export function writeClientHead(
  transfer: Transfer,
  { upstreamRequestIdHeader }: Pick<Settings, 'upstreamRequestIdHeader'>,
  status: number,
  headers: OutgoingHttpHeaders,
): void {
  const { req, res, requestId } = transfer;
  const sent = { ...headers };
  if (requestId !== undefined) delete sent['x-request-id'];
  if (upstreamRequestIdHeader !== undefined) {
    const upstreamId = printableRequestId(transfer);
    if (upstreamId !== undefined) sent[upstreamRequestIdHeader] = upstreamId;
  }
  refuseToLoad(sent, ownMember(headersOf(req), 'sec-fetch-dest'), sent['vary'] ?? res.getHeader('vary'));
  clearContentHeaders(res);
  res.writeHead(status, sent);
}

/** Said and not left to Node: once a middleware has set or removed Transfer-Encoding, Node would delimit by close. */
export function framing({ req }: Transfer, isDelimited: boolean): OutgoingHttpHeaders {
  return isDelimited || req.httpVersion === '1.0' ? {} : { 'transfer-encoding': 'chunked' };
}

const CROSS_ORIGIN = 'cross-origin-resource-policy';

/**
 * Returns the presentation for the client. Pages of other sites must not load a file that is shown inline, unless the
 * option or a middleware allows it.
 */
export function presentationOf(
  { res, resolved, filename }: Transfer,
  settings: Pick<Settings, 'crossOriginResourcePolicy'>,
): Pick<ClientHeadOptions, 'presentation' | 'crossOriginResourcePolicy'> {
  const presentation = withName(resolved?.presentation, filename);
  if (presentation === undefined) return {};
  const byDefault = res.hasHeader(CROSS_ORIGIN) ? undefined : 'same-site';
  return { presentation, crossOriginResourcePolicy: settings.crossOriginResourcePolicy ?? byDefault };
}

/** Adds the name from the provider's `describeFile()` if the resolution has none. */
function withName(presentation: Presentation | undefined, filename: string | undefined): Presentation | undefined {
  if (filename === undefined || presentation?.filename !== undefined) return presentation;
  return { disposition: 'attachment', contentType: undefined, ...presentation, filename };
}
