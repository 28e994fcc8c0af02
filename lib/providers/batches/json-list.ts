import { backslashesBefore, closingQuote } from '../../values/json-strings';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACE = 0x7b;
const END_BRACE = 0x7d;
const BRACKET = 0x5b;
const END_BRACKET = 0x5d;
const LINE_FEED = 0x0a;
const WHITE_SPACE = new Set([0x20, 0x09, LINE_FEED, 0x0d]);

/** The longest string that is kept: a name of a member, or the value of a wanted one. */
const MAX_TEXT = 4096;

export interface JSONListOptions {
  /** The names of the members that lead to the list. */
  readonly path: readonly string[];
  /** Members whose strings are kept, at any place outside of the list. */
  readonly texts: readonly string[];
}

/**
 * Reads a JSON document that arrives in chunks and returns the items of one of its lists as JSONL. Items are unchanged,
 * but without white space between tokens. So a page of results becomes lines without being held in memory or parsed.
 */
export class JSONList {
  readonly #options: JSONListOptions;
  readonly #texts = new Map<string, string>();
  /** For each open container: the member whose value comes next. Undefined in lists and before a name. */
  readonly #members: (string | undefined)[] = [];
  /** For each open container: whether it is a list. */
  readonly #isList: boolean[] = [];
  /** The depth of the list, while it is open. */
  #listDepth = 0;
  #hasItem = false;
  #hasList = false;
  #isStarted = false;
  #isInText = false;
  #isEscaped = false;
  /** The string that is arriving, if it may be wanted. */
  #text: Buffer[] | undefined;
  #textBytes = 0;

  constructor(options: JSONListOptions) {
    this.#options = options;
  }

  /** Whether the document has been read to its end. */
  get isComplete(): boolean {
    return this.#isStarted && this.#members.length === 0 && !this.#isInText;
  }

  /** Whether the list was found. */
  get hasList(): boolean {
    return this.#hasList;
  }

  /** Returns the string of a wanted member. Undefined if it is absent or empty. */
  text(member: string): string | undefined {
    return this.#texts.get(member) || undefined;
  }

  /** Reads the next bytes. @returns bytes of JSONL, which may end inside an item */
  add(bytes: Buffer): Buffer {
    // The output is at most one byte longer than the input.
    const out = Buffer.allocUnsafe(bytes.length + 1);
    let length = 0;
    const copy = (start: number, end: number): void => {
      length += bytes.copy(out, length, start, end);
    };
    for (let at = 0; at < bytes.length; ) {
      if (this.#isInText) {
        const end = this.#goOn(bytes, at);
        if (this.#listDepth > 0) copy(at, end);
        at = end;
        continue;
      }
      const byte = bytes[at] ?? 0;
      const start = at;
      at += 1;
      if (WHITE_SPACE.has(byte)) continue;
      if (byte === END_BRACKET && this.#members.length === this.#listDepth && this.#listDepth > 0) {
        this.#listDepth = 0;
        if (this.#hasItem) out[length++] = LINE_FEED;
        this.#close();
        continue;
      }
      if (this.#listDepth > 0) {
        this.#hasItem = true;
        if (byte === COMMA && this.#members.length === this.#listDepth) out[length++] = LINE_FEED;
        else copy(start, at);
      }
      if (byte === QUOTE) this.#begin();
      else if (byte === BRACE || byte === BRACKET) this.#open(byte === BRACKET);
      else if (byte === END_BRACE || byte === END_BRACKET) this.#close();
      else if (byte === COMMA && this.#members.length > 0) this.#members[this.#members.length - 1] = undefined;
    }
    return out.subarray(0, length);
  }

  #open(isList: boolean): void {
    this.#isStarted = true;
    this.#members.push(undefined);
    this.#isList.push(isList);
    if (!isList || this.#hasList || this.#members.length !== this.#options.path.length + 1) return;
    if (!this.#options.path.every((name, depth) => this.#members[depth] === name && !this.#isList[depth])) return;
    this.#hasList = true;
    this.#listDepth = this.#members.length;
  }

  #close(): void {
    this.#members.pop();
    this.#isList.pop();
  }

  #begin(): void {
    this.#isInText = true;
    this.#textBytes = 0;
    this.#text = this.#listDepth === 0 && this.#isList.at(-1) === false ? [] : undefined;
  }

  /** Continues inside a string. @returns where it ends in these bytes */
  #goOn(bytes: Buffer, start: number): number {
    const from = this.#isEscaped ? start + 1 : start;
    this.#isEscaped = false;
    const quote = closingQuote(bytes, from, bytes.length);
    const end = quote === -1 ? bytes.length : quote;
    if (this.#text !== undefined) {
      this.#textBytes += end - start;
      if (this.#textBytes > MAX_TEXT) this.#text = undefined;
      else this.#text.push(Buffer.from(bytes.subarray(start, end)));
    }
    if (quote === -1) {
      this.#isEscaped = backslashesBefore(bytes, from, bytes.length) % 2 === 1;
      return end;
    }
    this.#isInText = false;
    this.#ended();
    return quote + 1;
  }

  #ended(): void {
    const last = this.#members.length - 1;
    if (this.#listDepth > 0 || this.#isList[last] !== false) return;
    const text = this.#text && asText(Buffer.concat(this.#text));
    this.#text = undefined;
    const member = this.#members[last];
    if (member === undefined) this.#members[last] = text ?? '';
    else if (text !== undefined && this.#options.texts.includes(member) && !this.#texts.has(member)) {
      this.#texts.set(member, text);
    }
  }
}

function asText(bytes: Buffer): string | undefined {
  try {
    return JSON.parse(`"${bytes.toString()}"`);
  } catch {
    return undefined;
  }
}
