import type { IncomingHttpHeaders } from 'node:http';
import { ownMembers } from '../values/own-members';
import { connectionTokens, HEADER_NAME, NOT_A_NAME } from './header-values';
import { headersThat } from './headers';

/** Headers with which a client requests a range, or makes its request conditional. */
export const RANGE_AND_CONDITIONS = headersThat((is) => is('range') || is('condition'));

const FORWARDED = headersThat((is) => is('from client'));

/**
 * Headers that must not be listed: they would hand a client's credentials to a provider (T1), or let the client choose
 * the host.
 */
const NEVER_FORWARDED = headersThat(
  (is) =>
    !is('from client') &&
    (is('hop-by-hop') || is('framing') || is('credential') || is('target') || is('expectation') || is('negotiation')),
);

/** Headers that determine how the request is framed. Neither `locate()` nor a provider's options may set them. */
const FRAMING = headersThat((is) => (is('hop-by-hop') && !is('credential')) || is('framing') || is('expectation'));

/** The host follows from the URL. Only `locate()` may set it, for a provider that is reached under another name. */
const TARGET = headersThat((is) => is('target'));

/** Tells whether `locate()` must not return this header, because it frames the request. */
export function isFramingRequestHeader(name: string): boolean {
  return FRAMING.has(name.toLowerCase());
}

/**
 * Tells whether a provider's option `headers` must not set this header, because the router or the base URL decides it.
 */
export function isReservedRequestHeader(name: string): boolean {
  return FRAMING.has(name.toLowerCase()) || TARGET.has(name.toLowerCase());
}

/** Says why a name must not be listed in `headers.request`, or returns undefined. */
export function requestHeaderProblem(name: string): string | undefined {
  if (!HEADER_NAME.test(name)) return NOT_A_NAME;
  return NEVER_FORWARDED.has(name.toLowerCase())
    ? 'carries a credential, the host or framing and is never forwarded'
    : undefined;
}

/** Returns the names of the client's headers that are forwarded, in lower case. */
export function requestAllowList(added: readonly string[]): readonly string[] {
  return [...new Set([...FORWARDED.names, ...added.map((name) => name.toLowerCase())])];
}

/**
 * Returns the request headers for the provider: the client's by allow-list, then the provider's own, which win in any
 * letter case. `Accept-Encoding` is `identity`, because with a content coding the length and the validators would
 * describe the encoded bytes.
 */
export function upstreamRequestHeaders(
  client: IncomingHttpHeaders,
  provider: Readonly<Record<string, string>>,
  allowed: readonly string[],
): Record<string, string> {
  const headers: Record<string, string> = ownMembers({ 'accept-encoding': 'identity' });
  const dropped = connectionTokens(client);
  for (const name of allowed) {
    const value = Object.hasOwn(client, name) ? client[name] : undefined;
    if (typeof value === 'string' && !dropped.has(name)) headers[name] = value;
  }
  for (const [name, value] of Object.entries(provider)) headers[name.toLowerCase()] = value;
  return headers;
}
