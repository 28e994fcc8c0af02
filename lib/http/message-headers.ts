import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ownMembers } from '../values/own-members';
import { isPrototypePolluted } from '../values/polluted-prototype';

/**
 * Node keeps the first line of these headers and drops the others. @see https://nodejs.org/api/http.html#messageheaders
 */
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
 * Returns a message's headers with lower-case names. Node looks each name up in its own table while it fills it, so it
 * takes a name on `Object.prototype` for a header that has already arrived. In that case the table is rebuilt from the
 * raw headers. Otherwise it is Node's table, including changes made by middleware.
 */
export function headersOf(message: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): IncomingHttpHeaders {
  if (!isPrototypePolluted()) return message.headers;
  // Absent if a gateway calls a resolver with a request object that it made itself.
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
 * Replaces the headers of a provider's response by a safe table before a library reads them: Node's getter throws if
 * `Object.prototype` has a `set-cookie`.
 */
export function keepOwnHeaders(response: IncomingMessage): void {
  if (isPrototypePolluted()) response.headers = tableOf(response.rawHeaders);
}

function isForeign(name: string): boolean {
  return Object.hasOwn(Object.prototype, name);
}

/**
 * Returns Node's own table, or undefined if reading it throws, as with a `set-cookie` on `Object.prototype` that is not
 * an array.
 */
function changedByMiddleware(message: Pick<IncomingMessage, 'headers'>): IncomingHttpHeaders | undefined {
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
