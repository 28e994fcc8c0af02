import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ownMember, ownMembers } from '../values/own-members';
import { safeContentDisposition } from './content-disposition';
import { connectionTokens, HEADER_NAME, type HeaderValues, NOT_A_NAME, singleValue } from './header-values';
import { headersThat } from './headers';

const FORWARDED = headersThat((is) => is('from provider'));

const FRAMING = headersThat((is) => is('hop-by-hop') || is('framing'));

/** Headers that frame the message or protect the browser. A resolver must not set them. */
const RESERVED = headersThat(
  (is) => is('hop-by-hop') || is('framing') || is('protection') || (is('bytes') && !is('validator')),
);

/** Headers that a middleware may have set before this router, and that do not describe the file. */
const STALE = headersThat((is) => is('content') || is('bytes') || is('framing') || is('caching'));

/** Headers that Node, the router or the application writes on responses of every kind. */
const TAKEN = headersThat((is) => is('caching') || is('application') || (is('content') && !is('from provider')));

const REQUEST_IDS = headersThat((is) => is('request id'));

/** Tells whether a resolution or a provider must not set this header, because the router decides it. */
export function isReservedResponseHeader(name: string): boolean {
  return RESERVED.has(name.toLowerCase());
}

/** Tells whether a header named by an option collides with one that the router, Node or the application writes. */
export function isTakenResponseHeader(name: string): boolean {
  return isReservedResponseHeader(name) || TAKEN.has(name.toLowerCase());
}

/** Says why a name must not be listed in `headers.response`, or returns undefined. */
export function responseHeaderProblem(name: string): string | undefined {
  if (!HEADER_NAME.test(name)) return NOT_A_NAME;
  return FRAMING.has(name.toLowerCase()) ? 'belongs to one connection and is never forwarded' : undefined;
}

/** Returns the names of the provider's headers that are forwarded, in lower case. */
export function responseAllowList(added: readonly string[]): readonly string[] {
  return [...new Set([...FORWARDED.names, ...added.map((name) => name.toLowerCase())])];
}

/**
 * Returns the provider's headers for the client, by allow-list, with the protective headers of T7. Content-Disposition
 * comes first: Node 20 to 24 re-decode a non-ASCII one that follows Content-Length (nodejs/node#58240), and the caller
 * adds the length last.
 */
export function clientResponseHeaders(given: HeaderValues, allowed: readonly string[]): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = ownMembers({
    'content-disposition': safeContentDisposition(singleValue(ownMember(given, 'content-disposition'))),
    'cache-control': 'private, no-transform',
    'x-content-type-options': 'nosniff',
  });
  const dropped = connectionTokens({ connection: singleValue(ownMember(given, 'connection')) });
  for (const name of allowed) {
    if (dropped.has(name) || name in headers) continue;
    const value = ownMember(given, name);
    if (name === 'set-cookie' && Array.isArray(value)) headers[name] = [...value];
    else {
      const single = singleValue(value);
      if (single !== undefined) headers[name] = single;
    }
  }
  return headers;
}

/**
 * Removes the headers that describe another body. Only headers that are set are removed: after removing a
 * Transfer-Encoding that is not set, Node ends the body by closing the connection, and a truncated body would look
 * complete.
 */
export function clearContentHeaders(res: Pick<ServerResponse, 'getHeaderNames' | 'removeHeader'>): void {
  for (const name of res.getHeaderNames()) if (STALE.has(name)) res.removeHeader(name);
}

/** Returns the provider's own id of the request, for the record. */
export function upstreamRequestId(headers: HeaderValues): string | undefined {
  for (const name of REQUEST_IDS.names) {
    const value = singleValue(headers[name]);
    if (value !== undefined && value !== '') return value.slice(0, 256);
  }
  return undefined;
}
