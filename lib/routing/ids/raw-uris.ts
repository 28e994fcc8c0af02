import { FileContentError } from '../../errors';
import { isWideId } from '../../http/file-id';
import { describeValue } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';

const MAX_DEPTH = 8;

// Everything that a library could take for a URI, with leading white space and a scheme in any letter case.
const URI = /^[\0-\x20]*(?:(?:s3|gs):|[a-z][a-z0-9+.-]*:[/\\])/i;

// Decodes single bytes and keeps malformed escapes: only ASCII matters here, and no input may throw.
function decodePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * Tells whether an id is a URI, such as `s3://bucket/key` or `gs://bucket/object`, however often it is percent-encoded.
 * An id that is still encoded after eight rounds counts as one.
 */
export function isRawUri(id: string): boolean {
  let text = id;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    if (URI.test(text)) return true;
    const decoded = decodePercent(text);
    if (decoded === text) return false;
    text = decoded;
  }
  return true;
}

/**
 * Tells whether the gateway allows a URI. It is compared as written: a URI with `..`, an empty segment or an escape,
 * which could leave an allowed prefix, is never allowed.
 */
export function isAllowedUri(id: string, allowedPrefixes: readonly string[]): boolean {
  const prefix = allowedPrefixes.find((allowed) => id.startsWith(allowed));
  if (prefix === undefined || !/^[\x21-\x7e]+$/.test(id) || /[%\\?#]/.test(id)) return false;
  return id
    .slice(prefix.length)
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

const PREFIX_FORM = /^(?:s3|gs):\/\/[a-z0-9][a-z0-9._-]*\/(?:[\w.=@+-]+\/)*$/;

/** @throws TypeError unless the prefix is a bucket, with or without folders, that ends in a slash */
export function checkUriPrefix(where: string, option: string, prefix: unknown): string {
  if (typeof prefix !== 'string' || !PREFIX_FORM.test(prefix) || /\/\.{1,2}\//.test(prefix)) {
    const expected = 'an address that ends in a slash, such as "s3://bucket/" or "gs://bucket/folder/"';
    throw invalidOption(where, option, expected, describeValue(prefix));
  }
  return prefix;
}

// Wider than the router's strict grammar: ids of Gemini, Vertex AI and Fireworks and names of objects have segments,
// none of which is empty, `.` or `..`.
const UNSIGNED_ID = /^[A-Za-z0-9_][A-Za-z0-9._~:;,=@+-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._~:;,=@+-]*)*$/;

/** Gemini's upload returns a file's URL as its id. It is read as a name; no request is made to it. */
const GEMINI_URL = /^https:\/\/generativelanguage\.googleapis\.com\/v1(?:beta)?\/files\/[A-Za-z0-9][A-Za-z0-9_-]*$/;

function refuse(problem: string): FileContentError {
  return new FileContentError('invalid_file_id', `Invalid file_id: ${problem}.`);
}

/**
 * Checks a decoded id that any client could have written. A plain id has already passed the router's grammar.
 *
 * @throws FileContentError `invalid_file_id` (400) for a URI that is not below an allowed prefix, and for an id with
 *   characters that have a meaning in a URL or a path
 */
export function checkUnsignedId(id: string, form: 'plain' | 'decoded', allowedPrefixes: readonly string[]): void {
  if (isAllowedUri(id, allowedPrefixes) || GEMINI_URL.test(id)) return;
  if (isRawUri(id)) throw refuse('the address of an object is not a file id');
  if (form === 'plain' ? !isWideId(id) : !UNSIGNED_ID.test(id)) throw refuse('it holds characters that no file id has');
}
