import { requireEsm } from '../values/require-esm';

/** The functions of the library, for whoever else writes or reads the header. */
export const { create, parse } = requireEsm<typeof import('content-disposition')>(
  () => require('content-disposition'),
  () => require('../compiled/content-disposition.cjs'),
);

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Node reads header bytes as latin1; most senders of other bytes mean UTF-8. */
function decodeHeaderText(value: string): string {
  if (PRINTABLE_ASCII.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/**
 * Control characters, lone surrogates, line separators and format characters such as bidi controls, but not joiners.
 */
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
const FOLDERS = /^.*[/\\]/;
const DRIVE = /^[a-z]:/i;
/** Characters that Windows forbids in names, and percent-encodings that a browser would decode. */
const UNSAFE = /[<>:"|?*]|%(?=[0-9a-f]{2})/gi;
const EDGES = /^[\s.]+|(?<![\s.])[\s.]+$/g;
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/i;
/** Most file systems allow 255 bytes. Browsers append ` (1)` and, during the download, an extension. */
const MAX_BYTES = 200;
const EXTENSION = /\.[^.\s]{1,16}$/u;

/** Makes a file name safe on every system. The result is empty if nothing is left. */
function cleanFilename(name: string): string {
  const visible = name.replace(INVISIBLE, '').replace(FOLDERS, '').replace(DRIVE, '').replace(UNSAFE, '_');
  const base = shorten(visible.replace(EDGES, '')).replace(EDGES, '');
  return RESERVED.test(base) ? `_${base}` : base;
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  let left = MAX_BYTES - Buffer.byteLength(extension);
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    stem += character;
  }
  return stem + extension;
}

/** `attachment`, alone or with one quoted name: every client reads this form alike. */
const PLAIN = /^attachment(?:; ?filename="([\x20\x21\x23-\x5b\x5d-\x7e]+)")?$/i;

/**
 * Makes a Content-Disposition that downloads and never runs the file (T7). `attachment`, alone or with one quoted name
 * that is safe on every system, passes unchanged. Every other value is rebuilt from the cleaned name.
 *
 * @see RFC 6266, section 4.3
 */
export function safeContentDisposition(value: string | undefined): string {
  if (value === undefined) return 'attachment';
  const plain = PLAIN.exec(value);
  if (plain && (plain[1] === undefined || cleanFilename(plain[1]) === plain[1])) return value;
  const filename = filenameOf(value);
  return filename === undefined
    ? 'attachment'
    : contentDispositionFor(filename, filenameOf(value, { extended: false }));
}

/**
 * Makes an `attachment` with the cleaned name: no path, drive, control or bidi character, no leading dot, no name that
 * Windows reserves, at most 200 bytes. The name is always quoted; a non-ASCII name is repeated as `filename*`.
 *
 * @param fallback an ASCII name for clients that do not read `filename*`. Defaults to the name with `_` for other
 *   characters.
 * @see RFC 6266, appendix D, and RFC 8187, section 3.2.1
 */
export function contentDispositionFor(filename: string, fallback = ''): string {
  const name = cleanFilename(filename);
  if (name === '') return 'attachment';
  if (PRINTABLE_ASCII.test(name)) return `attachment; filename="${name}"`;
  const ascii = PRINTABLE_ASCII.test(fallback) ? cleanFilename(fallback) : '';
  const quoted = ascii === '' ? name.replace(/[^\x20-\x7e]/gu, '_') : ascii;
  return `attachment; filename="${quoted}"; filename*=UTF-8''${encodeExtended(name)}`;
}

/** Makes the header for a client that is redirected to the provider. */
export function dispositionOf(disposition: 'attachment' | 'inline', filename: string | undefined): string {
  const header = filename === undefined ? 'attachment' : contentDispositionFor(filename);
  return disposition === 'inline' ? `inline${header.slice('attachment'.length)}` : header;
}

function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

/** Reads the file name from a Content-Disposition. Undefined if it has none or is malformed. */
export function filenameOf(value: string, options?: { readonly extended: boolean }): string | undefined {
  try {
    return parse(decodeHeaderText(value), options).parameters['filename'];
  } catch {
    return undefined;
  }
}
