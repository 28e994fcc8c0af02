import type { OutgoingHttpHeaders } from 'node:http';
import { safeContentDisposition } from '../content-disposition';
import { safeContentType } from '../content-type';
import { clientResponseHeaders, type HeaderValues } from '../headers';

/** What the client's request asked of the response. */
export interface Expectation {
  /** The Range header that was forwarded, if one was. */
  readonly range: string | undefined;
}

/** A provider's response that was found fit to pass on. */
export interface AcceptedHead {
  readonly status: number;
  /** No content follows the head, by method or status (RFC 9110, section 6.4.1). */
  readonly isBodiless: boolean;
  /** The declared length of the content, where there is one. For HEAD and 304: of the content that GET would give. */
  readonly contentLength: number | undefined;
}

const BODILESS_STATUSES = new Set([204, 205, 304]);

function rangeProblem(asked: string | undefined, headers: HeaderValues): string | undefined {
  if (asked === undefined) return 'status 206 although no range was asked for';
  if (/^multipart\/byteranges/i.test(String(headers['content-type'] ?? ''))) return undefined;
  const given = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(String(headers['content-range'] ?? ''));
  if (given === null) return 'status 206 without a valid Content-Range';
  const [first, last] = [Number(given[1]), Number(given[2])];
  const single = /^bytes=(\d+)-(\d*)$/.exec(asked.trim());
  const isOther = single !== null && (first !== Number(single[1]) || (single[2] !== '' && last > Number(single[2])));
  if (first > last || isOther) return 'status 206 with another range than the one that was asked for';
  return undefined;
}

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

/** Why a 2xx or 304 may not be passed on, or undefined. */
export function headProblem(status: number, headers: HeaderValues, expected: Expectation): string | undefined {
  if (status < 200 || status > 599) return `status ${status}`;
  if (status >= 300 && status < 400 && status !== 304)
    return `status ${status}, which is not part of this provider's contract`;
  const framing = lengthProblem(headers);
  if (framing !== undefined) return framing;
  return status === 206 ? rangeProblem(expected.range, headers) : undefined;
}

export function acceptHead(status: number, headers: HeaderValues, method: string): AcceptedHead {
  const length = headers['content-length'];
  const hasLength = length !== undefined && status !== 204 && status !== 205;
  return {
    status,
    isBodiless: method === 'HEAD' || BODILESS_STATUSES.has(status),
    contentLength: hasLength ? Number(length) : undefined,
  };
}

/** Values that a transformation makes untrue: they speak of the bytes as the provider sent them. */
const OF_UNTRANSFORMED_BYTES = ['accept-ranges', 'content-range', 'etag', 'content-encoding'];

export interface ClientHeadOptions {
  readonly allowed: readonly string[];
  /** The resolution's and the provider's own headers for a success. */
  readonly added: Readonly<Record<string, string>>;
  readonly isTransformed: boolean;
}

/** The client's response headers; Content-Length last (see {@link clientResponseHeaders}). */
export function clientHead(
  head: AcceptedHead,
  upstream: HeaderValues,
  { allowed, added, isTransformed }: ClientHeadOptions,
): OutgoingHttpHeaders {
  const headers = clientResponseHeaders(upstream, allowed);
  if (isTransformed) for (const name of OF_UNTRANSFORMED_BYTES) delete headers[name];
  for (const [name, value] of Object.entries(added)) headers[name] = madeSafe(name, value);
  const type = headers['content-type'];
  if (typeof type === 'string') headers['content-type'] = safeContentType(type);
  if (head.status === 205) headers['content-length'] = '0';
  else if (head.contentLength !== undefined && !isTransformed) headers['content-length'] = String(head.contentLength);
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
