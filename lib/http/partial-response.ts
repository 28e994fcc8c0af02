import { answersRange, parseContentRange, parseRange } from './byte-ranges';
import type { HeaderValues } from './header-values';

/** The length in bytes of the one part that a 206 carries; undefined where its Content-Range names none. */
export function partLength(headers: HeaderValues): number | undefined {
  const part = parseContentRange(headers['content-range']);
  return part && Number(part.last - part.first + 1n);
}

/**
 * Why a 206 may not be passed on, or undefined: it has to answer the Range that was sent, by one part that agrees with
 * itself, or by several where several were asked for.
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
  if (specs === undefined || !answersRange(specs, part))
    return 'status 206 with another range than the one that was asked for';
  return undefined;
}
