import { backslashesBefore, closingQuote } from '../../values/json-strings';

/** Longer strings are replaced: they are not ids, models or counts. */
const MAX_TEXT = 1024;
/** The number of items that are kept of a list of numbers, such as an embedding. */
const MAX_NUMBERS = 16;
/** Deeper containers are replaced by null. */
const MAX_DEPTH = 32;
/** The kept bytes of a line after which the rest of every list is left out. */
const SOFT_LIMIT = 32 * 1024;
/** A line is given up if more bytes would have to be kept. */
const HARD_LIMIT = 512 * 1024;
const FIRST_BYTES = 4 * 1024;
/** Members whose lists and objects hold the prompt or the result, and no counts. */
const CONTENT = new Set([
  'content',
  'contents',
  'input',
  'logprobs',
  'logprobsResult',
  'messages',
  'parts',
  'request',
  'tool_calls',
]);

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACE = 0x7b;
const END_BRACE = 0x7d;
const BRACKET = 0x5b;
const END_BRACKET = 0x5d;
const SPACE = 0x20;
const NULL = Buffer.from('null');
/** Stands for a long string. */
export const LONG_TEXT = '~';
const REPLACEMENT = Buffer.from(`${LONG_TEXT}"`);

/**
 * Keeps the outline of a JSON row that arrives in chunks: every member and every short value, but not long strings, the
 * rest of long lists, or the prompt and the result. So a row of any length is read in little memory and in one pass
 * over its bytes. The outline of a valid text is valid; errors in the parts that are left out are not detected.
 */
export class RowOutline {
  #kept = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  /** For each open container: whether it is a list, and the number of commas so far. */
  readonly #isList = new Uint8Array(MAX_DEPTH + 1);
  readonly #commas = new Uint8Array(MAX_DEPTH + 1);
  #depth = 0;
  /** The number of open containers inside a part that is left out. */
  #skipped = 0;
  /** Whether that part is the rest of a list, whose closing bracket is kept. */
  #isRest = false;
  #isInText = false;
  #isEscaped = false;
  /** The start of the string that is being kept. Undefined for a string that is not kept. */
  #textStart: number | undefined;
  /** The start of the last kept string, which is the name of the member after a colon. */
  #nameStart = 0;

  /** Adds the bytes from `start` to `end`. */
  add(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#isInText) at = this.#text(bytes, at, end);
      else if (this.#skipped > 0) at = this.#skip(bytes, at, end);
      else {
        this.#token(bytes[at] ?? 0);
        at += 1;
      }
    }
  }

  /** Ends the text and begins the next. Returns undefined if too much would have had to be kept. */
  finish(): Uint8Array | undefined {
    const kept = this.#length > HARD_LIMIT ? undefined : this.#kept.subarray(0, this.#length);
    if (this.#kept.length > 2 * SOFT_LIMIT) this.#kept = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#length = 0;
    this.#depth = 0;
    this.#skipped = 0;
    this.#isInText = false;
    this.#isEscaped = false;
    return kept;
  }

  #token(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#isInText = true;
        this.#put(byte);
        this.#textStart = this.#length;
        this.#nameStart = this.#length;
        return;
      case BRACE:
      case BRACKET:
        this.#open(byte);
        return;
      case END_BRACE:
      case END_BRACKET:
        this.#put(byte);
        if (this.#depth > 0) this.#depth -= 1;
        return;
      case COMMA:
        this.#comma();
        return;
      case SPACE:
      case 0x09:
      case 0x0d:
        if (this.#kept[this.#length - 1] !== SPACE || this.#length === 0) this.#put(SPACE);
        return;
      default:
        this.#put(byte);
    }
  }

  #open(byte: number): void {
    if (this.#depth === MAX_DEPTH) {
      for (const letter of NULL) this.#put(letter);
      this.#skipped = 1;
      this.#isRest = false;
      return;
    }
    const isContent = this.#isContent();
    this.#depth += 1;
    this.#isList[this.#depth] = byte === BRACKET ? 1 : 0;
    this.#commas[this.#depth] = 0;
    this.#put(byte);
    if (isContent) this.#skipRest();
  }

  /** Tells whether the next value belongs to a member that holds a prompt or a result. */
  #isContent(): boolean {
    const last = this.#length - 1;
    const colon = this.#kept[last] === SPACE ? last - 1 : last;
    if (this.#kept[colon] !== COLON) return false;
    return CONTENT.has(this.#kept.toString('latin1', this.#nameStart, colon - 1));
  }

  #skipRest(): void {
    this.#skipped = 1;
    this.#isRest = true;
  }

  #comma(): void {
    if (this.#isList[this.#depth] === 1 && this.#depth > 0) {
      const commas = (this.#commas[this.#depth] ?? 0) + 1;
      this.#commas[this.#depth] = Math.min(commas, MAX_NUMBERS);
      const isNumber = isDigit(this.#kept[this.#length - 1]);
      if ((isNumber && commas >= MAX_NUMBERS) || this.#length > SOFT_LIMIT) {
        this.#skipRest();
        return;
      }
    }
    this.#put(COMMA);
  }

  #skip(bytes: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#isInText = true;
        this.#textStart = undefined;
        return at + 1;
      }
      if (byte === BRACE || byte === BRACKET) this.#skipped += 1;
      else if (byte === END_BRACE || byte === END_BRACKET) {
        this.#skipped -= 1;
        if (this.#skipped > 0) continue;
        if (!this.#isRest) return at + 1;
        this.#put(byte);
        this.#depth -= 1;
        return at + 1;
      }
    }
    return end;
  }

  /** Continues inside a string. @returns where it ends, or `end` */
  #text(bytes: Buffer, start: number, end: number): number {
    let from = start;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      from += 1;
    }
    const quote = closingQuote(bytes, from, end);
    if (quote === -1) {
      this.#isEscaped = backslashesBefore(bytes, from, end) % 2 === 1;
      this.#keepText(bytes, start, end);
      return end;
    }
    this.#isInText = false;
    this.#keepText(bytes, start, quote);
    if (this.#textStart !== undefined) this.#put(QUOTE);
    return quote + 1;
  }

  #keepText(bytes: Buffer, start: number, end: number): void {
    if (this.#textStart === undefined) return;
    if (this.#length + end - start - this.#textStart <= MAX_TEXT) {
      for (let at = start; at < end; at += 1) this.#put(bytes[at] ?? 0);
      return;
    }
    this.#length = this.#textStart;
    for (const byte of REPLACEMENT) this.#put(byte);
    this.#textStart = undefined;
  }

  #put(byte: number): void {
    if (this.#length === this.#kept.length) {
      if (this.#length > HARD_LIMIT) return;
      const grown = Buffer.allocUnsafeSlow(2 * this.#kept.length);
      this.#kept.copy(grown);
      this.#kept = grown;
    }
    this.#kept[this.#length] = byte;
    this.#length += 1;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
