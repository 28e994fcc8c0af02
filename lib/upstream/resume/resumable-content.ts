import { parseContentRange } from '../../http/byte-ranges';
import { headerText } from '../../http/header-values';
import type { UpstreamResponse } from '../../provider-contract/provider';
import type { ResumeSettings } from '../../transfer/resume-options';

/** The bytes of a file that a response declared, and their version. */
export interface ResumableContent {
  /** Positions of the first and of the last byte in the file. */
  readonly first: number;
  readonly last: number;
  /** The size of the file. */
  readonly total: number;
  /** The strong ETag. Undefined if there is none. */
  readonly etag: string | undefined;
}

const STRONG_ETAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;

/** The most origins to remember for their support of ranges. Few gateways have more. */
const MOST_ORIGINS = 1_000;
const origins = new Set<string>();

function learn(origin: string): void {
  if (origins.size >= MOST_ORIGINS)
    for (const oldest of origins) {
      origins.delete(oldest);
      break;
    }
  origins.add(origin);
}

/** Tells whether the origin announced ranges in this response or in an earlier one. */
function supportsRanges({ status, headers }: UpstreamResponse, origin: string | undefined): boolean {
  const accepted = headerText(headers, 'accept-ranges')?.toLowerCase();
  const isProven = status === 206 || accepted === 'bytes';
  if (origin === undefined) return isProven;
  if (isProven) learn(origin);
  return accepted !== 'none' && origins.has(origin);
}

function isCoded(headers: UpstreamResponse['headers']): boolean {
  const coding = headers['content-encoding'];
  return coding !== undefined && String(coding).toLowerCase() !== 'identity';
}

/**
 * Returns the bytes that a response to GET declares, if the rest can be requested after a cut, and otherwise why it
 * cannot. A strong ETag identifies exact bytes, so a part with the same ETag continues them.
 *
 * @param origin the origin of the response; its support of ranges is remembered
 * @see RFC 9110, section 8.8.1
 */
export function resumableContent(
  head: UpstreamResponse,
  mode: ResumeSettings['mode'],
  origin?: string,
): ResumableContent | string {
  const { status, headers } = head;
  const hasRanges = supportsRanges(head, origin);
  if (mode === 'off') return `"resume.mode" is 'off'`;
  if (isCoded(headers)) return 'the response has a Content-Encoding';
  const etag = headerText(headers, 'etag');
  const isStrong = etag !== undefined && STRONG_ETAG.test(etag);
  if (mode === 'safe' && !hasRanges) return 'the provider does not announce ranges';
  if (mode === 'safe' && !isStrong) return 'the response has no strong ETag';
  const extent = status === 206 ? extentOfPart(headers) : status === 200 ? extentOfWhole(headers) : undefined;
  if (extent === undefined) return 'the size of the file is not known';
  return { ...extent, etag: isStrong ? etag : undefined };
}

function extentOfWhole(headers: UpstreamResponse['headers']): Omit<ResumableContent, 'etag'> | undefined {
  const total = Number(headerText(headers, 'content-length'));
  return total > 0 ? { first: 0, last: total - 1, total } : undefined;
}

function extentOfPart(headers: UpstreamResponse['headers']): Omit<ResumableContent, 'etag'> | undefined {
  const part = parseContentRange(headers['content-range']);
  if (part?.total === undefined || part.total > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return { first: Number(part.first), last: Number(part.last), total: Number(part.total) };
}

/**
 * Says why a response does not continue a body from a position to its end, or returns undefined.
 *
 * @see RFC 9110, section 15.3.7
 */
export function continuationProblem(
  { status, headers }: UpstreamResponse,
  content: ResumableContent,
  first: number,
): string | undefined {
  if (status !== 206) return `the provider answered with status ${status} instead of the rest`;
  if (isCoded(headers)) return 'the rest has a Content-Encoding';
  const part = extentOfPart(headers);
  if (part === undefined) return 'the rest has no Content-Range with a total';
  if (part.total !== content.total) return 'the size of the file has changed';
  if (part.first !== first || part.last !== content.last) return 'the provider sent another part than the rest';
  if (content.etag !== undefined && headerText(headers, 'etag') !== content.etag) return 'the ETag has changed';
  return undefined;
}
