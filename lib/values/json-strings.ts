/** The first bytes of a string are compared one by one; the rest of a longer one is searched with `indexOf`. */
const SHORT_TEXT = 24;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Finds the quote that ends the string whose text continues at `start`, or -1 if it does not end before `end`. */
export function closingQuote(bytes: Buffer, start: number, end: number): number {
  const near = Math.min(end, start + SHORT_TEXT);
  let at = start;
  for (; at < near; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  for (;;) {
    if (at >= end) return -1;
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1 || quote >= end) return -1;
    if (backslashesBefore(bytes, at, quote) % 2 === 0) return quote;
    at = quote + 1;
  }
}

/** Counts the backslashes directly before `end`, going back no further than `start`. */
export function backslashesBefore(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === BACKSLASH) at -= 1;
  return end - at;
}
