import { closingQuote } from '../../values/json-strings';

const QUOTE = 0x22;
/** The brackets of JSON differ from its braces in this bit alone. */
const BRACE_BIT = 0x20;
const OPENING_BRACE = 0x7b;

/** Shorter texts cannot become much. */
const SMALL_BYTES = 64 * 1024;
/** Results have an object or a list for every 20 bytes at most, where each token has its probability. */
const BYTES_PER_OBJECT = 16;

/**
 * Has a JSON text more objects and lists than any result of its length? Each costs 20 times the bytes that it takes to
 * write, so 16 MiB of them would become 800 MB.
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
