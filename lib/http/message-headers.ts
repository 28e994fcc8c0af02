import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ownMembers } from '../values/own-members';
import { isPrototypePolluted } from '../values/polluted-prototype';

/** Of these, Node takes the first line and drops the others. @see https://nodejs.org/api/http.html#messageheaders */
const FIRST_COUNTS = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/**
 * A message's headers, names in lower case. Node reads a table of its own while it fills it, so a name that somebody
 * has put on `Object.prototype` counts as a header that has come already: the table is then made anew from what did
 * come. Otherwise it is Node's, with what a middleware may have changed in it.
 */
export function headersOf(message: IncomingMessage): IncomingHttpHeaders {
  if (!isPrototypePolluted()) return message.headers;
  // Not there where a gateway calls a resolver with a request of its own making.
  const rawHeaders: unknown = message.rawHeaders;
  if (!Array.isArray(rawHeaders)) return ownMembers(message.headers);
  const table = tableOf(rawHeaders);
  const changed = changedByMiddleware(message);
  if (changed === undefined) return table;
  for (const name of Object.keys(table)) if (!Object.hasOwn(changed, name) && !isForeign(name)) delete table[name];
  for (const [name, value] of Object.entries(changed)) if (!isForeign(name)) table[name] = value;
  return table;
}

/**
 * Gives a response of a provider's its own table before a library reads Node's, which throws where somebody has put a
 * `set-cookie` on `Object.prototype`.
 */
export function keepOwnHeaders(response: IncomingMessage): void {
  if (isPrototypePolluted()) response.headers = tableOf(response.rawHeaders);
}

function isForeign(name: string): boolean {
  return Object.hasOwn(Object.prototype, name);
}

/** Node's own table; undefined where making it fails, as with a foreign `set-cookie` that is no array. */
function changedByMiddleware(message: IncomingMessage): IncomingHttpHeaders | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}

function tableOf(rawHeaders: readonly string[]): IncomingHttpHeaders {
  const table: IncomingHttpHeaders = ownMembers({});
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const before = table[name];
    if (name === 'set-cookie') table[name] = [...(table[name] ?? []), value];
    else if (before === undefined) table[name] = value;
    else if (!FIRST_COUNTS.has(name)) table[name] = `${String(before)}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return table;
}
