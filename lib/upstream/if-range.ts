import type { IncomingHttpHeaders } from 'node:http';
import { ifRangeHolds } from '../http/conditions';
import { headerText } from '../http/header-values';
import type { UpstreamResponse } from '../provider-contract/provider';
import { ownMember } from '../values/own-members';
import type { Exchange } from './exchange';

/**
 * Returns the client's If-Range if its Range was sent to the provider. The client's own header is read, because its
 * Connection header may have kept If-Range from being forwarded.
 */
function ifRangeOf({ request }: Pick<Exchange, 'request'>, client: IncomingHttpHeaders): string | undefined {
  const range = ownMember(client, 'range');
  if (range === undefined || ownMember(request.headers, 'range') !== range) return undefined;
  return headerText(client, 'if-range');
}

/** Tells whether a response has the validator that the client named in If-Range. */
export function isNamedVersion({ headers }: UpstreamResponse, ifRange: string): boolean {
  return ifRangeHolds(ifRange, {
    etag: headerText(headers, 'etag'),
    lastModified: headerText(headers, 'last-modified'),
  });
}

/**
 * Returns the client's If-Range if the provider honoured the Range, but its response does not prove that the file is
 * the named version. Object stores ignore If-Range, so a client that resumes would join two versions. The Range may
 * also lie outside a newer, shorter version.
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
