import { FileContentError } from '../errors';
import { printableJSON } from '../values/printable';

/** Unified ids that list many models are long. No provider's ids come near this length. */
const MAX_LENGTH = 2048;

/** The number of characters of an invalid id that a record shows. */
const MAX_PRINTED = 256;

/**
 * The grammar of an id. It begins with a letter or a digit, which excludes `.`, `..`, `__proto__` and command-line
 * flags, and has no character that a URL, a header or a file system reads as a separator.
 */
const GRAMMAR = /^[A-Za-z0-9][A-Za-z0-9._~:=-]*$/;

/**
 * LiteLLM's ids of containers and videos are standard base64 of a text that begins with `litellm:`. They need `+` and
 * `/` to be decoded, and are never sent to a provider undecoded.
 */
const WRAPPED = /^(?:cntr|video)_bGl0ZWxsbT[A-Za-z0-9+/]*={0,2}$/;

/** Control and format characters, line separators and backslashes. Letters of any script are allowed. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029\\]/u;

/** How often an id is decoded to find `..` in it. No legitimate id is encoded this often. */
const MAX_DEPTH = 8;

/**
 * Tells whether an id with slashes is safe as part of a URL or as the key of an object: no segment is empty, `.` or
 * `..`, however often it is decoded. Only `scheme://` may have an empty segment.
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

/** Decodes single bytes: only separators and dots matter, and a malformed escape must not throw. */
function decodeAscii(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Spells a parameter of a route as OpenAI's API does: `containerId` becomes `container_id`. */
export function bodyParam(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuse(param: string, problem: string): FileContentError {
  return new FileContentError('invalid_file_id', `Invalid ${param}: ${problem}.`, { body: { param } });
}

/** The ids that the router accepts: `strict` for names, `path` also for paths and URIs. */
export type IdSyntax = 'strict' | 'path';

/**
 * Decodes a path segment once and checks the id in it. Decoding twice would let `%252e%252e` pass for `..`.
 *
 * @param param the name that the client's error message carries, such as `file_id`
 * @param syntax `path` if the id may have slashes and letters of any script
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

/** Makes the client's id safe for a log: its length is limited and control characters are escaped. */
export function printableId(rawSegment: string): string {
  if (rawSegment.length <= MAX_PRINTED && GRAMMAR.test(rawSegment)) return rawSegment;
  return printableJSON(JSON.stringify(rawSegment.slice(0, MAX_PRINTED))).slice(1, -1);
}
