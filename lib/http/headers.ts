import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ownMember, ownMembers } from '../values/own-members';
import { safeContentDisposition } from './content-disposition';

/** By what a client asks for a part of a content, or for the content on a condition (RFC 9110, sections 13.1 and 14.2). */
export const RANGE_AND_CONDITIONS = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
] as const;

/** Of the client's request, what may reach a provider: validators, ranges and content negotiation, no identity. */
const FORWARDED_REQUEST_HEADERS = ['accept', ...RANGE_AND_CONDITIONS] as const;

/** Of the provider's response, what reaches the client as it was sent (contract C1). */
const FORWARDED_RESPONSE_HEADERS = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified',
  'x-request-id',
  'openai-version',
  'openai-processing-ms',
  'retry-after',
] as const;

/** RFC 9110, section 7.6.1, and what is as old: these concern one connection and never pass. */
const HOP_BY_HOP = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'transfer-encoding',
  'proxy-authenticate',
  'proxy-authorization',
] as const;

/** A gateway that listed one of these would hand its clients' credentials to a provider (T1), or let them choose the host. */
const NEVER_FORWARDED = new Set<string>([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'expect',
  'accept-encoding',
  'authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'api_key',
  'x-manus-api-key',
  'x-goog-api-key',
  'x-goog-iam-authorization-token',
  'x-amz-security-token',
  'x-auth-token',
  'x-ms-copy-source-authorization',
]);

const FRAMING = new Set<string>([...HOP_BY_HOP, 'content-length']);

/** Headers that decide how the message is read or what it may do in a browser: not the resolver's to set. */
const RESERVED_RESPONSE = new Set<string>([
  ...FRAMING,
  'content-encoding',
  'content-range',
  'accept-ranges',
  'x-content-type-options',
]);

export function isReservedResponseHeader(name: string): boolean {
  return RESERVED_RESPONSE.has(name.toLowerCase());
}

/** Why a name may not be listed in `headers.request`; undefined when it may. */
export function requestHeaderProblem(name: string): string | undefined {
  return NEVER_FORWARDED.has(name.toLowerCase())
    ? 'carries a credential, the host or framing and is never forwarded'
    : undefined;
}

/** Why a name may not be listed in `headers.response`; undefined when it may. */
export function responseHeaderProblem(name: string): string | undefined {
  return FRAMING.has(name.toLowerCase()) ? 'belongs to one connection and is never forwarded' : undefined;
}

export function requestAllowList(added: readonly string[]): readonly string[] {
  return [...new Set([...FORWARDED_REQUEST_HEADERS, ...added.map((name) => name.toLowerCase())])];
}

export function responseAllowList(added: readonly string[]): readonly string[] {
  return [...new Set([...FORWARDED_RESPONSE_HEADERS, ...added.map((name) => name.toLowerCase())])];
}

const NO_TOKENS: ReadonlySet<string> = new Set();

/** Names that the client's Connection header lists: they ended with this hop (RFC 9110, section 7.6.1). */
function connectionTokens(headers: IncomingHttpHeaders): ReadonlySet<string> {
  const value = ownMember(headers, 'connection');
  // What nearly every message says, and what names no header.
  if (value === undefined || value === 'keep-alive' || value === 'close') return NO_TOKENS;
  return new Set(value.split(',').map((token) => token.trim().toLowerCase()));
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

const NOT_A_FIELD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** A header as one string; repeated ones joined as RFC 9110, section 5.3 allows. Undefined where it cannot be sent on. */
export function singleValue(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const joined = typeof value === 'string' ? value : value.join(', ');
  return NOT_A_FIELD_VALUE.test(joined) ? undefined : joined;
}

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The provider's headers for the client, by allow-list, with those of T7. Content-Disposition comes first: Node 20 to 24
 * re-decode a non-ASCII one that follows Content-Length (nodejs/node#58240), and the caller adds the length last.
 */
export function clientResponseHeaders(given: HeaderValues, allowed: readonly string[]): OutgoingHttpHeaders {
  const upstream = ownMembers(given);
  const headers: OutgoingHttpHeaders = ownMembers({
    'content-disposition': safeContentDisposition(singleValue(upstream['content-disposition'])),
    'cache-control': 'private, no-transform',
    'x-content-type-options': 'nosniff',
  });
  const dropped = connectionTokens(ownMembers({ connection: singleValue(upstream['connection']) }));
  for (const name of allowed) {
    if (dropped.has(name) || name in headers) continue;
    const value = upstream[name];
    if (name === 'set-cookie' && Array.isArray(value)) headers[name] = [...value];
    else {
      const single = singleValue(value);
      if (single !== undefined) headers[name] = single;
    }
  }
  return headers;
}

/** What a middleware before this router may have set, which says nothing of the content that is sent. */
const CONTENT_HEADERS = new Set([
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'transfer-encoding',
]);

/**
 * Only what is there is removed: Node takes the mere removal of a Transfer-Encoding that is not for a wish to delimit by
 * close, and a cut body would look complete.
 */
export function clearContentHeaders(res: ServerResponse): void {
  for (const name of res.getHeaderNames()) if (CONTENT_HEADERS.has(name)) res.removeHeader(name);
}

/** Ids that providers give a response, most usual first; the first that is there goes to the record. */
const REQUEST_ID_HEADERS = [
  'x-request-id',
  'request-id',
  'apim-request-id',
  'x-amz-request-id',
  'x-ms-request-id',
  'x-goog-request-id',
];

export function upstreamRequestId(headers: HeaderValues): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const value = singleValue(headers[name]);
    if (value !== undefined && value !== '') return value.slice(0, 256);
  }
  return undefined;
}

/** A header's value where it is one text; undefined for one that is absent, and for a list. */
export function headerText(headers: HeaderValues, name: string): string | undefined {
  const value = ownMember(headers, name);
  return typeof value === 'string' ? value : undefined;
}
