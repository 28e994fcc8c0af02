import type { IncomingHttpHeaders } from 'node:http';
import { ownMember } from '../values/own-members';

/** A field name (RFC 9110, section 5.6.2: token). */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;

/** What is wrong with a text that is not a field name. */
export const NOT_A_NAME = 'is not the name of a header';

/** Headers by name, as Node gives them and as functions of providers get them. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

const NOT_A_FIELD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * A header as one string; repeated ones joined as RFC 9110, section 5.3 allows. Undefined where it cannot be sent on.
 */
export function singleValue(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const joined = typeof value === 'string' ? value : value.join(', ');
  return NOT_A_FIELD_VALUE.test(joined) ? undefined : joined;
}

/** A header's value where it is one text; undefined for one that is absent, and for a list. */
export function headerText(headers: HeaderValues, name: string): string | undefined {
  const value = ownMember(headers, name);
  return typeof value === 'string' ? value : undefined;
}

const NO_TOKENS: ReadonlySet<string> = new Set();

/** Names that a Connection header lists: those headers end with this hop (RFC 9110, section 7.6.1). */
export function connectionTokens(headers: IncomingHttpHeaders): ReadonlySet<string> {
  const value = ownMember(headers, 'connection');
  // What nearly every message says, and what names no header.
  if (value === undefined || value === 'keep-alive' || value === 'close') return NO_TOKENS;
  return new Set(value.split(',').map((token) => token.trim().toLowerCase()));
}
