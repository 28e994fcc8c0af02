import { closingQuote } from '../../values/json-strings';

const QUOTE = 0x22;
/** JSON's brackets and braces differ only in this bit. */
const BRACE_BIT = 0x20;
const OPENING_BRACE = 0x7b;

/** Shorter texts cannot take much memory. */
const SMALL_BYTES = 64 * 1024;
/** Real results have at most one object or list per 20 bytes, if every token has its probability. */
const BYTES_PER_OBJECT = 16;

/**
 * Tells whether a JSON text has more objects and lists than any result of its length. Each takes 20 times the bytes of
 * its text, so 16 MiB of them would become 800 MB.
 */
export function isTooComplex(text: Buffer): boolean {
  if (text.length <= SMALL_BYTES) return false;
  let left = Math.floor(text.length / BYTES_PER_OBJECT);
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte === QUOTE) {
      const quote = closingQuote(text, at + 1, text.length);
      if (quote === -1) return false;
      at = quote;
    } else if ((byte | BRACE_BIT) === OPENING_BRACE) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}
