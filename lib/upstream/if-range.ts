import type { IncomingHttpHeaders } from 'node:http';
import { ifRangeHolds } from '../http/conditions';
import { headerText } from '../http/header-values';
import type { UpstreamResponse } from '../provider';
import { ownMember } from '../values/own-members';
import type { Exchange } from './exchange';

/** The client's If-Range, where its Range was sent. Its own is read, as Connection may keep it from being forwarded. */
function ifRangeOf({ request }: Pick<Exchange, 'request'>, client: IncomingHttpHeaders): string | undefined {
  const range = ownMember(client, 'range');
  if (range === undefined || ownMember(request.headers, 'range') !== range) return undefined;
  return headerText(client, 'if-range');
}

/** Does a response carry the validator that the client named in If-Range? */
export function isNamedVersion({ headers }: UpstreamResponse, ifRange: string): boolean {
  return ifRangeHolds(ifRange, {
    etag: headerText(headers, 'etag'),
    lastModified: headerText(headers, 'last-modified'),
  });
}

/**
 * The client's If-Range, where the provider honoured the Range of a content that does not prove to be that version.
 * Object stores ignore If-Range; a client that resumes would join two versions. A Range may also lie outside a newer,
 * shorter one.
 *
 * @see RFC 9110, section 13.1.5
 */
export function unprovenIfRange(
  exchange: Pick<Exchange, 'request' | 'head'>,
  client: IncomingHttpHeaders,
): string | undefined {
  const { status } = exchange.head;
  if (status !== 206 && status !== 416) return undefined;
  const ifRange = ifRangeOf(exchange, client);
  return ifRange === undefined || isNamedVersion(exchange.head, ifRange) ? undefined : ifRange;
}
