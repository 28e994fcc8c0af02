import type { IncomingHttpHeaders } from 'node:http';
import { ownMembers } from '../values/own-members';
import { connectionTokens, HEADER_NAME, NOT_A_NAME } from './header-values';
import { headersThat } from './headers';

/** With these a client requests a part of the file, or the file on a condition. */
export const RANGE_AND_CONDITIONS = headersThat((is) => is('range') || is('condition'));

const FORWARDED = headersThat((is) => is('from client'));

/**
 * A gateway that listed one of these would hand its clients' credentials to a provider (T1), or let them choose the
 * host.
 */
const NEVER_FORWARDED = headersThat(
  (is) =>
    !is('from client') &&
    (is('hop-by-hop') || is('framing') || is('credential') || is('target') || is('expectation') || is('negotiation')),
);

/** Headers that decide how the request is read. Neither `locate()` nor a provider's options may set one. */
const FRAMING = headersThat((is) => (is('hop-by-hop') && !is('credential')) || is('framing') || is('expectation'));

/**
 * The host follows from the URL. `locate()` may set it all the same, for a provider that is reached by another name.
 */
const TARGET = headersThat((is) => is('target'));

/** May what `locate()` returns not have this header, because it frames the request? */
export function isFramingRequestHeader(name: string): boolean {
  return FRAMING.has(name.toLowerCase());
}

/** May the option `headers` of a provider not set this header, because the router or the base URL decides it? */
export function isReservedRequestHeader(name: string): boolean {
  return FRAMING.has(name.toLowerCase()) || TARGET.has(name.toLowerCase());
}

/** Why a name may not be listed in `headers.request`; undefined when it may. */
export function requestHeaderProblem(name: string): string | undefined {
  if (!HEADER_NAME.test(name)) return NOT_A_NAME;
  return NEVER_FORWARDED.has(name.toLowerCase())
    ? 'carries a credential, the host or framing and is never forwarded'
    : undefined;
}

/** The names of the client's headers that are forwarded, in lower case. */
export function requestAllowList(added: readonly string[]): readonly string[] {
  return [...new Set([...FORWARDED.names, ...added.map((name) => name.toLowerCase())])];
}

/**
 * The headers for the provider: the client's by allow-list, then the provider's own, which win whatever their spelling.
 * `identity` is asked for, because a coding would make lengths and validators belong to other bytes.
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
