import type { OutgoingHttpHeaders } from 'node:http';
import { ownMember } from '../values/own-members';
import { safeContentDisposition } from './content-disposition';
import { safeContentType } from './content-type';
import type { HeaderValues } from './header-values';
import { headersThat } from './headers';
import { partLength, partProblem } from './partial-response';
import { type Presentation, present } from './presentation';
import { clientResponseHeaders } from './response-headers';

/** The parts of a request to a provider that decide which responses to it are valid. */
export interface Asked {
  /** The Range header that was sent, if one was. */
  readonly range: string | undefined;
  /** Whether If-None-Match or If-Modified-Since was sent, to which a 304 is a valid response. */
  readonly isConditional: boolean;
}

/** A request for the whole file, without a condition. */
export const WHOLE: Asked = { range: undefined, isConditional: false };

/** @param sent the headers that were sent to the provider, names in lower case */
export function askedBy(sent: Readonly<Record<string, string>>): Asked {
  return {
    range: ownMember(sent, 'range'),
    isConditional: Object.hasOwn(sent, 'if-none-match') || Object.hasOwn(sent, 'if-modified-since'),
  };
}

/** The head of a provider's response that has passed its checks. */
export interface AcceptedHead {
  readonly status: number;
  /** Whether no body follows the head, because of the method or the status (RFC 9110, section 6.4.1). */
  readonly isBodiless: boolean;
  /**
   * The length of the body in bytes, from Content-Length, or from Content-Range for a single part. For HEAD and 304,
   * the length that GET would give. Undefined if the head does not tell it.
   */
  readonly contentLength: number | undefined;
}

const BODILESS_STATUSES = new Set([204, 205, 304]);

/** The registered transfer codings, in any combination. Any other text is not repeated in a record. */
const CODINGS = /^(?:(?:chunked|compress|deflate|gzip|identity|x-compress|x-gzip)(?:, ?|$)){1,4}$/i;

function lengthProblem(headers: HeaderValues): string | undefined {
  const coding = headers['transfer-encoding'];
  // Node's parser reads a body with any other coding until the connection closes, and does not decode it.
  if (coding !== undefined && String(coding).toLowerCase() !== 'chunked')
    return CODINGS.test(String(coding)) ? `the transfer coding ${coding}` : 'an unknown transfer coding';
  const length = headers['content-length'];
  if (length !== undefined && (!/^\d+$/.test(String(length)) || !Number.isSafeInteger(Number(length))))
    return 'an impossible Content-Length';
  return undefined;
}

/** Says why a response that is not an error may not be passed on, or returns undefined. */
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

/** Headers that describe the bytes which the provider sent. */
const OF_RAW_BYTES = headersThat((is) => is('bytes') || is('checksum'));

/**
 * Returns a response's headers without those that are wrong once the bytes have been converted. Names are in lower
 * case.
 */
export function withoutRawBytes(headers: HeaderValues): HeaderValues {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_RAW_BYTES.has(name)));
}

/** Headers that a 304 does not have: it has no body and keeps only its validators (RFC 9110, section 15.4.5). */
const OF_CONTENT = headersThat((is) => is('content') || is('checksum'));

export interface ClientHeadOptions {
  readonly allowed: readonly string[];
  /** The headers that the resolution and the provider add to a success. */
  readonly added: Readonly<Record<string, string>>;
  readonly isTransformed: boolean;
  /** The resolution's file name, type and disposition, if it gives any. */
  readonly presentation?: Presentation | undefined;
  readonly crossOriginResourcePolicy?: string | undefined;
}

/** Makes the response headers for the client, with Content-Length last (see {@link clientResponseHeaders}). */
export function clientHead(
  head: AcceptedHead,
  upstream: HeaderValues,
  { allowed, added, isTransformed, presentation, crossOriginResourcePolicy }: ClientHeadOptions,
): OutgoingHttpHeaders {
  const headers = clientResponseHeaders(isTransformed ? withoutRawBytes(upstream) : upstream, allowed);
  // Content-Range has no meaning with another status (RFC 9110, section 14.4).
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

/** A gateway may choose how long clients cache, but a compressing middleware must not change the bytes (T7). */
function withNoTransform(cacheControl: string): string {
  return /\bno-transform\b/i.test(cacheControl) ? cacheControl : `${cacheControl}, no-transform`;
}
