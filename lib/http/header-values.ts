import type { IncomingHttpHeaders } from 'node:http';
import { ownMember } from '../values/own-members';

/** A field name (RFC 9110, section 5.6.2: token). */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;

/** Matches the value of a header: what Node accepts, without line breaks. */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The end of an error message about an invalid field name. */
export const NOT_A_NAME = 'is not the name of a header';

/** Headers by lower-case name, as Node gives them and as provider functions get them. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

const NOT_A_FIELD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Returns a header as one string, with repeated values joined (RFC 9110, section 5.3). Undefined if it cannot be
 * forwarded.
 */
export function singleValue(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const joined = typeof value === 'string' ? value : value.join(', ');
  return NOT_A_FIELD_VALUE.test(joined) ? undefined : joined;
}

/** Returns a header's value if it is a single string. Undefined if it is absent or a list. */
export function headerText(headers: HeaderValues, name: string): string | undefined {
  const value = ownMember(headers, name);
  return typeof value === 'string' ? value : undefined;
}

const NO_TOKENS: ReadonlySet<string> = new Set();

/** Returns the names that a Connection header lists. Those headers are hop-by-hop (RFC 9110, section 7.6.1). */
export function connectionTokens(headers: IncomingHttpHeaders): ReadonlySet<string> {
  const value = ownMember(headers, 'connection');
  // Nearly every message has one of these values, which name no header.
  if (value === undefined || value === 'keep-alive' || value === 'close') return NO_TOKENS;
  return new Set(value.split(',').map((token) => token.trim().toLowerCase()));
}
