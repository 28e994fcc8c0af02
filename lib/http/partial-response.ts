import { parseContentRange, parseRange, satisfiesRange } from './byte-ranges';
import type { HeaderValues } from './header-values';

/** Returns the length of a 206's single part in bytes, or undefined if its Content-Range is missing or invalid. */
export function partLength(headers: HeaderValues): number | undefined {
  const part = parseContentRange(headers['content-range']);
  return part && Number(part.last - part.first + 1n);
}

/**
 * Says why a 206 may not be passed on, or returns undefined. It must satisfy the Range that was sent, with one
 * consistent part, or with several if several were requested.
 *
 * @see RFC 9110, section 15.3.7
 */
export function partProblem(asked: string | undefined, headers: HeaderValues): string | undefined {
  if (asked === undefined) return 'status 206 although no range was asked for';
  const specs = parseRange(asked);
  if (/^multipart\/byteranges[ \t]*(?:;|$)/i.test(String(headers['content-type'] ?? ''))) {
    if (specs === undefined || specs.length === 1) return 'status 206 with several parts although one was asked for';
    return headers['content-range'] === undefined ? undefined : 'status 206 with several parts and a Content-Range';
  }
  const part = parseContentRange(headers['content-range']);
  // One that Connection names would not reach the client.
  const isTakenBack = /(?:^|[\s,])content-range(?:[\s,]|$)/i.test(String(headers['connection'] ?? ''));
  if (part === undefined || isTakenBack) return 'status 206 without a valid Content-Range';
  const length = part.last - part.first + 1n;
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) return 'status 206 with an impossible Content-Range';
  const declared = headers['content-length'];
  if (declared !== undefined && BigInt(String(declared)) !== length)
    return 'status 206 with a Content-Length that contradicts its Content-Range';
  if (specs === undefined || !satisfiesRange(specs, part))
    return 'status 206 with another range than the one that was asked for';
  return undefined;
}
