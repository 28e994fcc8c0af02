import { randomBytes } from 'node:crypto';
import { ownMember } from '../../values/own-members';
import { NumberList } from './number-list';
import { type RawNumber, toNumber } from './raw-number';

/** A placeholder for values kept as text while JSON is parsed. It is random, so that no file can contain it. */
const MARK = randomBytes(15).toString('base64url');

/** A list of numbers that is long enough to be kept as text, or one number. */
const NUMBERS = /\[[\d\s.,eE+-]{1000,}\]|-?\d[\d.eE+-]*/g;
/** Integers that JavaScript can represent exactly. */
const SAFE_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;

/** The shortest text between two strings that can contain a number which loses digits, with its separators. */
const SHORTEST_SEGMENT = 4;

const QUOTE = '"';
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;

export interface ParseOptions {
  /** Whether long lists of numbers are kept as a {@link NumberList}. Defaults to `false`: they become arrays. */
  readonly keepsLists?: boolean;
}

/**
 * Parses JSON without loss: numbers that JavaScript would write differently become a {@link RawNumber}. It is nearly as
 * fast as `JSON.parse`, which does the work: only those numbers are replaced in the text before.
 *
 * @throws SyntaxError
 */
export function parseJSON(text: string, options: ParseOptions = {}): unknown {
  const keepsLists = ownMember(options, 'keepsLists') === true;
  const kept: unknown[] = [];
  let marked = '';
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf(QUOTE, at);
    const end = quote === -1 ? text.length : quote;
    if ((end - at >= SHORTEST_SEGMENT || quote === -1) && hasDigit(text, at, end)) {
      const segment = text.slice(at, end);
      // Not `matchAll`, which makes an iterator and another expression for each of the many segments.
      NUMBERS.lastIndex = 0;
      for (let found = NUMBERS.exec(segment); found !== null; found = NUMBERS.exec(segment)) {
        const [number] = found;
        const value = keptOf(number, keepsLists);
        if (value === undefined) continue;
        marked += `${text.slice(copied, at + found.index)}"${MARK}${kept.length}"`;
        copied = at + found.index + number.length;
        kept.push(value);
      }
    }
    at = quote === -1 ? text.length : endOfString(text, quote) + 1;
  }
  if (kept.length === 0) return JSON.parse(text);
  return restored(JSON.parse(marked + text.slice(copied)), kept);
}

/** Returns the replacement of a number or a list, or undefined if nothing is lost. */
function keptOf(text: string, keepsLists: boolean): NumberList | RawNumber | readonly unknown[] | undefined {
  if (text.startsWith('[')) {
    const list = new NumberList(text);
    return keepsLists ? list : list.toArray();
  }
  if (SAFE_INTEGER.test(text)) return undefined;
  const value = toNumber(text);
  return typeof value === 'number' ? undefined : value;
}

/** Most segments are only punctuation, and starting a regular expression takes longer than looking at them. */
function hasDigit(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) return true;
  }
  return false;
}

/** Finds the quotation mark that ends a string. */
function endOfString(text: string, quote: number): number {
  for (let end = text.indexOf(QUOTE, quote + 1); end !== -1; end = text.indexOf(QUOTE, end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
  return text.length;
}

/** Puts the kept values back. Only marked members are written, and `__proto__` is treated like any other name. */
function restored(value: unknown, kept: readonly unknown[]): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? kept[Number(value.slice(MARK.length))] : value;
  if (typeof value !== 'object' || value === null) return value;
  for (const [name, member] of Object.entries(value)) {
    const actual = restored(member, kept);
    if (actual !== member) Reflect.defineProperty(value, name, { value: actual });
  }
  return value;
}
