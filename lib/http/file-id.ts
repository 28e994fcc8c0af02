import { FileContentError } from '../errors';
import { printableJSON } from '../values/printable';

/** Unified ids that list many models are long; no identifier of a provider comes near this. */
const MAX_LENGTH = 2048;

/** Characters of an invalid id that a record shows. */
const MAX_PRINTED = 256;

/**
 * What an id may look like: it begins with a letter or a digit, so that neither `.`, `..`, `__proto__` nor a flag of a
 * command line can be one, and holds nothing that a URL, a header or a file system reads as a separator.
 */
const GRAMMAR = /^[A-Za-z0-9][A-Za-z0-9._~:=-]*$/;

/**
 * A container's or a video's id of LiteLLM is standard base64 of a text that begins with `litellm:`. Whoever decodes it
 * needs its `+` and `/`; undecoded it goes to no provider.
 */
const WRAPPED = /^(?:cntr|video)_bGl0ZWxsbT[A-Za-z0-9+/]*={0,2}$/;

/** Letters of any script, but nothing that is invisible or that a file system or a terminal obeys. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029\\]/u;

/** How often an id is decoded to see whether it climbs: nothing honest is encoded as deep. */
const MAX_DEPTH = 8;

/**
 * May an id be part of a URL or the key of an object, slashes included? No segment is empty, `.` or `..`, however often
 * it is decoded; only `scheme://` may have an empty one.
 */
export function isWideId(id: string): boolean {
  let text = id;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    // A full-width dot may become a dot where a name is normalised.
    if (!isSafePath(text) || !isSafePath(text.normalize('NFKC'))) return false;
    const decoded = decodeAscii(text);
    if (decoded === text) return true;
    text = decoded;
  }
  return false;
}

function isSafePath(text: string): boolean {
  if (text === '' || UNSAFE.test(text)) return false;
  const segments = text.replace(/^([a-z][a-z0-9+.-]*):\/\//i, '$1:/').split('/');
  return segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** Byte by byte: only separators and dots are looked for, and no escape may throw. */
function decodeAscii(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** How OpenAI's API spells a parameter of a route: `containerId` is `container_id`, and `fileId` is `file_id`. */
export function bodyParam(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuse(param: string, problem: string): FileContentError {
  return new FileContentError('invalid_file_id', `Invalid ${param}: ${problem}.`, { body: { param } });
}

/** Which ids the router takes: names, or whatever is a path or an address. */
export type IdSyntax = 'strict' | 'path';

/**
 * Decodes a path segment once and checks the id in it. Decoding twice would let `%252e%252e` pass for `..`.
 *
 * @param param the name that the client's error message carries, such as `file_id`
 * @param syntax `path` where the id may have slashes and letters of any script
 * @throws FileContentError `invalid_file_id` (400)
 */
export function parseFileId(rawSegment: string, param: string, syntax: IdSyntax = 'strict'): string {
  if (rawSegment === '') throw refuse(param, 'it is empty');
  if (rawSegment.length > MAX_LENGTH) throw refuse(param, `it is longer than ${MAX_LENGTH} characters`);
  let id: string;
  try {
    id = decodeURIComponent(rawSegment);
  } catch {
    throw refuse(param, 'it is not valid percent-encoded UTF-8');
  }
  if (syntax === 'path') {
    if (isWideId(id)) return id;
    throw refuse(param, "it has an empty segment, '.' or '..', a backslash, or a character that cannot be seen");
  }
  if (!GRAMMAR.test(id) && !WRAPPED.test(id)) {
    throw refuse(
      param,
      "it must begin with a letter or a digit and have only letters, digits, '.', '_', '~', ':', '=' and '-'",
    );
  }
  return id;
}

/** An id as far as a log may carry it: what the client wrote, bounded, control characters escaped. */
export function printableId(rawSegment: string): string {
  if (rawSegment.length <= MAX_PRINTED && GRAMMAR.test(rawSegment)) return rawSegment;
  return printableJSON(JSON.stringify(rawSegment.slice(0, MAX_PRINTED))).slice(1, -1);
}
