import { types } from 'node:util';
import type { HeaderValues } from '../../http/header-values';
import { withoutRawBytes } from '../../http/response-head';
import { describeKind, describeValue } from '../../values/describe-value';
import { invalidResult } from '../../values/mistakes';
import { isObject, memberOf } from '../../values/own-members';
import { checkContent, unusable } from '../buffered/check-content';
import { isBody } from './body-source';

/** The checked result of `openContent`, as a response of the provider. */
export interface CheckedOpened {
  readonly isResponse: boolean;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: HeaderValues;
  /** Undefined if a Response has none. */
  readonly body: unknown;
}

/**
 * Checks what `openContent` returned: an `OpenedContent`, or a WHATWG Response.
 *
 * @param isUsed whether other code reads its body or has read it
 * @throws FileContentError `resolver_failed`, its cause a TypeError that says what was given and what to write
 */
export function checkOpened(returned: unknown, provider: string, isUsed: boolean): CheckedOpened {
  return isResponse(returned)
    ? checkResponse(returned, provider, isUsed)
    : checkOpenedContent(returned, provider, isUsed);
}

function isResponse(value: unknown): value is Response {
  if (!isObject(value)) return false;
  const headers = memberOf(value, 'headers');
  if (!isObject(headers) || typeof headers['forEach'] !== 'function') return false;
  return typeof memberOf(value, 'status') === 'number' && typeof memberOf(value, 'bodyUsed') === 'boolean';
}

function checkResponse(response: Response, provider: string, isUsed: boolean): CheckedOpened {
  const { body, status } = response;
  if (response.bodyUsed || isUsed) {
    throw refuse(provider, 'a Response whose body nobody has read', 'one that was read');
  }
  if (body !== null && !isBody(body)) throw refuse(provider, 'a Response whose body is a stream', describeKind(body));
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name.toLowerCase()] = value;
  });
  const coding = headers['content-encoding'];
  delete headers['content-encoding'];
  // fetch() has decoded the body, so these headers describe other bytes.
  const isDecoded = coding !== undefined && coding.toLowerCase() !== 'identity';
  return { isResponse: true, status, headers: isDecoded ? withoutRawBytes(headers) : headers, body: body ?? undefined };
}

function checkOpenedContent(returned: unknown, provider: string, isUsed: boolean): CheckedOpened {
  refuseOthers(returned, provider);
  const { body, headers } = checkContent(returned, provider, 'openContent', isBody);
  if (isUsed) throw refuse(provider, 'a stream that nobody else reads or has read as "body"', 'one that is used');
  const member = (name: string): unknown => memberOf(Object(returned), name);
  const length = checkLength(provider, '"contentLength"', member('contentLength'));
  const range = checkRange(provider, member('range'));
  const size = types.isUint8Array(body) ? body.length : undefined;
  const rangeLength = range && range.end - range.start + 1;
  const declared = [length, rangeLength, size].filter((value) => value !== undefined);
  if (new Set(declared).size > 1) {
    throw refuse(provider, 'one length in "contentLength", "range" and "body"', declared.join(', '));
  }
  return {
    isResponse: false,
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': declared[0] === undefined ? undefined : String(declared[0]),
      'content-range': range && `bytes ${range.start}-${range.end}/${range.total}`,
      'accept-ranges': range && 'bytes',
    },
    body,
  };
}

/** Refuses responses of other HTTP clients, whose status would be lost: an error body would be sent as the file. */
function refuseOthers(returned: unknown, provider: string): void {
  if (!isObject(returned) || ArrayBuffer.isView(returned)) return;
  const expected = '{ body: stream, contentType, ... } or a Response';
  if (isBody(returned)) throw refuse(provider, expected, 'a stream alone');
  const foreign = ['statusCode', 'status', 'headers'].find((name) => memberOf(returned, name) !== undefined);
  if (foreign !== undefined) throw refuse(provider, expected, `an object with ${JSON.stringify(foreign)}`);
}

function checkLength(provider: string, what: string, value: unknown): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value;
  throw refuse(provider, `a number of bytes as ${what}`, describeValue(value));
}

function checkRange(
  provider: string,
  range: unknown,
): { readonly start: number; readonly end: number; readonly total: number } | undefined {
  if (range === undefined) return undefined;
  if (!isObject(range)) throw refuse(provider, '{ start, end, total } as "range"', describeKind(range));
  const read = (name: string): number => {
    const value = checkLength(provider, `"range.${name}"`, memberOf(range, name));
    if (value === undefined) throw refuse(provider, `a number of bytes as "range.${name}"`, 'undefined');
    return value;
  };
  const [start, end, total] = [read('start'), read('end'), read('total')];
  if (start <= end && end < total) return { start, end, total };
  throw refuse(provider, 'a "range" whose "end" is the position of its last byte', `${start}-${end} of ${total}`);
}

function refuse(provider: string, expected: string, got: string): Error {
  return unusable(provider, invalidResult(`provider ${provider}: openContent()`, expected, got));
}
