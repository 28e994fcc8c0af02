import type { IncomingHttpHeaders } from 'node:http';
import fresh from 'fresh';
import { FileContentError } from '../errors';
import { ownMember } from '../values/own-members';
import { parseRange } from './byte-ranges';

/** The validators and the size of the requested file. */
export interface Representation {
  /** In bytes. Undefined after a HEAD whose response declared no length. */
  readonly size: number | undefined;
  readonly etag: string | undefined;
  /** The value of the Last-Modified header. */
  readonly lastModified: string | undefined;
}

/** The status for a request, and for a 206 the part of the file: `end` is the position after its last byte. */
export type Selection =
  | { readonly status: 200 | 304 }
  | { readonly status: 206; readonly start: number; readonly end: number };

/** RFC 9110, section 8.8.3. */
const ENTITY_TAGS = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/**
 * Evaluates a request's conditions in the order of RFC 9110, section 13.2.2, and its Range: more than one range,
 * another unit or an invalid one selects the whole file. Range is defined only for GET (section 14.2).
 *
 * @throws FileContentError 412 if a precondition is false, 416 if the range lies outside the file
 */
export function selectContent(method: string, request: IncomingHttpHeaders, content: Representation): Selection {
  checkPreconditions(request, content);
  if (isNotModified(request, content)) return { status: 304 };
  if (method !== 'GET' || request.range === undefined || content.size === undefined) return { status: 200 };
  const ifRange = ownMember(request, 'if-range');
  if (ifRange !== undefined && !ifRangeHolds(ifRange, content)) return { status: 200 };
  return selectRange(request.range, content.size);
}

function dateOf(value: string | undefined): number {
  return value === undefined ? Number.NaN : Date.parse(value);
}

/** Strong comparison (RFC 9110, section 8.8.3.2): a range must continue exactly the same bytes. */
function isSameStrong(tag: string, etag: string | undefined): boolean {
  return etag !== undefined && !etag.startsWith('W/') && tag === etag;
}

function checkPreconditions(request: IncomingHttpHeaders, { etag, lastModified }: Representation): void {
  const match = request['if-match'];
  if (match !== undefined) {
    if (match.trim() === '*') return;
    const tags = match.match(ENTITY_TAGS) ?? [];
    if (!tags.some((tag) => isSameStrong(tag, etag))) throw preconditionFailed('If-Match');
    return;
  }
  // The comparison is false, and the condition ignored, if either date is missing or invalid.
  if (dateOf(lastModified) > dateOf(request['if-unmodified-since'])) throw preconditionFailed('If-Unmodified-Since');
}

function preconditionFailed(header: string): FileContentError {
  // The same code as for a provider's own 412, so that both deliveries respond alike.
  return new FileContentError('provider_error', `The condition of ${header} does not hold for this file.`, {
    status: 412,
    headers: { 'x-should-retry': 'false' },
  });
}

function isNotModified(request: IncomingHttpHeaders, { etag, lastModified }: Representation): boolean {
  return fresh(
    { 'if-none-match': request['if-none-match'], 'if-modified-since': request['if-modified-since'] },
    { etag, 'last-modified': lastModified },
  );
}

/**
 * Tells whether the validator of an If-Range matches the file. A weak ETag never matches.
 *
 * @see RFC 9110, section 13.1.5
 */
export function ifRangeHolds(
  ifRange: string | readonly string[],
  { etag, lastModified }: Pick<Representation, 'etag' | 'lastModified'>,
): boolean {
  if (typeof ifRange !== 'string') return false;
  if (ifRange.includes('"')) return isSameStrong(ifRange.trim(), etag);
  // The date must be equal, not only as late.
  return dateOf(ifRange) === dateOf(lastModified);
}

function selectRange(range: string, size: number): Selection {
  const specs = parseRange(range);
  const [spec] = specs ?? [];
  if (spec === undefined || specs?.length !== 1) return { status: 200 };
  if ('suffix' in spec) {
    if (spec.suffix === 0n) throw notSatisfiable(size);
    // A suffix longer than the file selects all of it. A 206 cannot describe an empty part.
    if (size === 0) return { status: 200 };
    return { status: 206, start: Math.max(0, size - Number(spec.suffix)), end: size };
  }
  if (spec.first >= BigInt(size)) throw notSatisfiable(size);
  const end = spec.last === undefined || spec.last >= BigInt(size) ? size : Number(spec.last) + 1;
  return { status: 206, start: Number(spec.first), end };
}

function notSatisfiable(size: number): FileContentError {
  return new FileContentError('range_not_satisfiable', 'The requested range lies outside the file.', {
    headers: { 'content-range': `bytes */${size}` },
  });
}
