import type { OutgoingHttpHeaders } from 'node:http';
import { ownMember } from '../values/own-members';
import { safeContentDisposition } from './content-disposition';
import { safeContentType } from './content-type';
import type { HeaderValues } from './header-values';
import { headersThat } from './headers';
import { partLength, partProblem } from './partial-response';
import { type Presentation, present } from './presentation';
import { clientResponseHeaders } from './response-headers';

/** What was asked of the provider: what its response may say depends on it. */
export interface Asked {
  /** The Range header that was sent, if one was. */
  readonly range: string | undefined;
  /** Was a condition sent that a 304 can answer: If-None-Match or If-Modified-Since? */
  readonly isConditional: boolean;
}

/** The whole content, unconditionally. */
export const WHOLE: Asked = { range: undefined, isConditional: false };

/** @param sent the headers that the provider got, names in lower case */
export function askedBy(sent: Readonly<Record<string, string>>): Asked {
  return {
    range: ownMember(sent, 'range'),
    isConditional: Object.hasOwn(sent, 'if-none-match') || Object.hasOwn(sent, 'if-modified-since'),
  };
}

/** A provider's response that was found fit to pass on. */
export interface AcceptedHead {
  readonly status: number;
  /** No content follows the head, by method or status (RFC 9110, section 6.4.1). */
  readonly isBodiless: boolean;
  /**
   * The length of the content in bytes, where the head tells it: by Content-Length, or of one part by Content-Range.
   * For HEAD and 304: of the content that GET would give.
   */
  readonly contentLength: number | undefined;
}

const BODILESS_STATUSES = new Set([204, 205, 304]);

/** Those that are registered, in any combination; another text could be anything, and it would stand in a record. */
const CODINGS = /^(?:(?:chunked|compress|deflate|gzip|identity|x-compress|x-gzip)(?:, ?|$)){1,4}$/i;

function lengthProblem(headers: HeaderValues): string | undefined {
  const coding = headers['transfer-encoding'];
  // The parser reads any other coding to the end of the connection and would pass coded bytes on as content.
  if (coding !== undefined && String(coding).toLowerCase() !== 'chunked')
    return CODINGS.test(String(coding)) ? `the transfer coding ${coding}` : 'an unknown transfer coding';
  const length = headers['content-length'];
  if (length !== undefined && (!/^\d+$/.test(String(length)) || !Number.isSafeInteger(Number(length))))
    return 'an impossible Content-Length';
  return undefined;
}

/** Why a 2xx or 304 may not be passed on, or undefined: the one table of what a response may say to what was asked. */
export function headProblem(status: number, headers: HeaderValues, asked: Asked): string | undefined {
  if (status < 200 || status > 599) return `status ${status}`;
  if (status >= 300 && status < 400 && status !== 304)
    return `status ${status}, which is not part of this provider's contract`;
  const framing = lengthProblem(headers);
  if (framing !== undefined) return framing;
  if (status === 304 && !asked.isConditional) return 'status 304 although no condition was sent';
  return status === 206 ? partProblem(asked.range, headers) : undefined;
}

export function acceptHead(status: number, headers: HeaderValues, method: string): AcceptedHead {
  const length = headers['content-length'];
  const hasLength = length !== undefined && status !== 204 && status !== 205;
  return {
    status,
    isBodiless: method === 'HEAD' || BODILESS_STATUSES.has(status),
    contentLength: hasLength ? Number(length) : status === 206 ? partLength(headers) : undefined,
  };
}

/** True only for the bytes as the provider sent them. */
const OF_RAW_BYTES = headersThat((is) => is('bytes') || is('checksum'));

/** A response's headers without those that are untrue once its bytes have been converted. Names are lower case. */
export function withoutRawBytes(headers: HeaderValues): HeaderValues {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_RAW_BYTES.has(name)));
}

/** Not in a 304, which has no body and keeps only its validators (RFC 9110, section 15.4.5). */
const OF_CONTENT = headersThat((is) => is('content') || is('checksum'));

export interface ClientHeadOptions {
  readonly allowed: readonly string[];
  /** The resolution's and the provider's own headers for a success. */
  readonly added: Readonly<Record<string, string>>;
  readonly isTransformed: boolean;
  /** The resolution's, where it says how the content should be treated. */
  readonly presentation?: Presentation | undefined;
  readonly crossOriginResourcePolicy?: string | undefined;
}

/** The client's response headers; Content-Length last (see {@link clientResponseHeaders}). */
export function clientHead(
  head: AcceptedHead,
  upstream: HeaderValues,
  { allowed, added, isTransformed, presentation, crossOriginResourcePolicy }: ClientHeadOptions,
): OutgoingHttpHeaders {
  const headers = clientResponseHeaders(isTransformed ? withoutRawBytes(upstream) : upstream, allowed);
  // Of another status it would mean nothing (RFC 9110, section 14.4).
  if (head.status !== 206) delete headers['content-range'];
  for (const [name, value] of Object.entries(added)) headers[name] = madeSafe(name, value);
  const type = headers['content-type'];
  if (typeof type === 'string') headers['content-type'] = safeContentType(type);
  if (presentation !== undefined) present(headers, head.status, presentation, crossOriginResourcePolicy);
  if (head.status === 205) headers['content-length'] = '0';
  else if (head.contentLength !== undefined && !isTransformed) headers['content-length'] = String(head.contentLength);
  if (head.status === 304) {
    for (const name of Object.keys(headers)) if (OF_CONTENT.has(name)) delete headers[name];
  }
  return headers;
}

function madeSafe(name: string, value: string): string {
  if (name === 'content-disposition') return safeContentDisposition(value);
  return name === 'cache-control' ? withNoTransform(value) : value;
}

/** A gateway may choose how long its clients cache; a compressing middleware may still not touch the bytes (T7). */
function withNoTransform(cacheControl: string): string {
  return /\bno-transform\b/i.test(cacheControl) ? cacheControl : `${cacheControl}, no-transform`;
}
