import { isFileContentError } from '../errors';
import type { RecipientRequest } from '../transfer/recipient';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import { describeKind, describeValue } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isError } from '../values/native-error';
import { isObject, memberOf } from '../values/own-members';
import { optionalText, readOptions, requireInteger } from '../values/read-options';
import { type CheckedTarget, checkTarget, resolveTarget, type ServeTarget } from './target';

/** A part of a file, by positions of its bytes. */
export interface ByteRange {
  /** The position of the first byte, counted from 0. */
  start: number;
  /** The position of the last byte, inclusive. Defaults to the end of the file. */
  end?: number | undefined;
}

/** The file that {@link FileContent.open} opens: the members of a resolution, and the file's id. */
export interface OpenTarget extends ServeTarget {
  /**
   * The requested part of the file. A provider without ranges sends the whole file with status 200: check `status`.
   * Defaults to the whole file.
   *
   * @see RFC 9110, section 14.2
   */
  range?: ByteRange | undefined;
  /**
   * The `ETag` or `Last-Modified` of the version whose part is requested. If the file has another version, all of it is
   * sent with status 200. Defaults to any version.
   *
   * @see RFC 9110, section 13.1.5
   */
  ifRange?: string | undefined;
  /** Ends the transfer in any phase: `open()` rejects or the body fails, with the code `aborted`. Defaults to none. */
  signal?: AbortSignal | undefined;
}

/** A checked target. */
export interface CheckedOpenTarget extends CheckedTarget {
  readonly resolved: ResolvedTransfer;
  /** Replaces a client's request. */
  readonly request: RecipientRequest;
  readonly signal: AbortSignal | undefined;
}

/** The members of a target that {@link FileContent.serve} does not have. */
const OF_OPENING: readonly string[] = ['range', 'ifRange', 'signal'];

/** @throws TypeError that names the member, says what was given and what to write */
export function checkOpenTarget(target: unknown): CheckedOpenTarget {
  try {
    const checked = checkTarget('open', target);
    const given = (name: keyof OpenTarget): unknown => memberOf(Object(target), name);
    if (given('delivery') === 'redirect') {
      throw invalidOption(
        'open',
        'delivery',
        "'stream' or 'buffer', because there is no client to redirect",
        "'redirect'",
      );
    }
    const resolved = resolveTarget('open', target, checked.fileId, OF_OPENING);
    const range = readRange(given('range'));
    const ifRange = optionalText('open', 'ifRange', given('ifRange'));
    if (ifRange !== undefined && (range === undefined || !/^[\x20-\x7e\x80-\xff]+$/.test(ifRange))) {
      const expected = range === undefined ? 'left out without "range"' : 'an entity tag or an HTTP date';
      throw invalidOption('open', 'ifRange', expected, describeValue(ifRange));
    }
    const headers = { ...(range !== undefined && { range }), ...(ifRange !== undefined && { 'if-range': ifRange }) };
    return { ...checked, resolved, request: requestFor(headers), signal: readSignal(given('signal')) };
  } catch (error) {
    throw mistakeOf(error);
  }
}

/** Turns the error for a resolver's result, which is made for a client, into a TypeError about the target. */
function mistakeOf(error: unknown): unknown {
  const cause = isFileContentError(error) ? error.cause : undefined;
  return isError(cause) ? cause : error;
}

function readRange(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value))
    throw invalidOption('open', 'range', 'an object such as { start: 0, end: 499 }', describeKind(value));
  const range: { start?: unknown; end?: unknown } = value;
  const { start, end } = readOptions<{ start?: unknown; end?: unknown }>('open: "range"', range, {
    start: true,
    end: true,
  });
  const first = requireInteger('open', 'range.start', start, 0, Number.MAX_SAFE_INTEGER);
  if (end === undefined) return `bytes=${first}-`;
  return `bytes=${first}-${requireInteger('open', 'range.end', end, first, Number.MAX_SAFE_INTEGER)}`;
}

function readSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isSignal(value)) return value;
  throw invalidOption('open', 'signal', 'an AbortSignal', describeKind(value));
}

/** Also accepts a signal of another realm or of a library. */
function isSignal(value: unknown): value is AbortSignal {
  return isObject(value) && typeof Reflect.get(value, 'aborted') === 'boolean' && 'addEventListener' in value;
}

function requestFor(headers: Readonly<Record<string, string>>): RecipientRequest {
  return {
    method: 'GET',
    // Not used, because a target has its own query.
    url: '',
    headers,
    rawHeaders: Object.entries(headers).flat(),
    httpVersion: '1.1',
    readableEnded: true,
    resume: () => undefined,
  };
}
