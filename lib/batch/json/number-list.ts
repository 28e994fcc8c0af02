import { randomBytes } from 'node:crypto';
import { type RawNumber, toNumber } from './raw-number';

/** A placeholder for a list while JSON is written. It is random, so that no file can contain it. */
const MARK = randomBytes(15).toString('base64url');

/** The lists in the value that is being written, in order. */
let writing: string[] | undefined;

/** A long list of numbers, kept as text: an embedding is passed on without reading its numbers. */
export class NumberList {
  /** The JSON text of the list, with its brackets. */
  readonly text: string;

  /** @throws SyntaxError if the text is not valid JSON */
  constructor(text: string) {
    JSON.parse(text);
    this.text = text;
  }

  /** Returns the numbers. Those that JavaScript would write differently are kept as text. */
  toArray(): readonly (number | RawNumber)[] {
    const values = JSON.parse(this.text) as readonly number[];
    return JSON.stringify(values) === this.text ? values : (this.text.match(/-?\d[\d.eE+-]*/g) ?? []).map(toNumber);
  }

  toJSON(): unknown {
    if (writing === undefined) return this.toArray();
    writing.push(this.text);
    return MARK;
  }
}

/** Writes JSON without loss: a {@link NumberList} and a {@link RawNumber} are written as they were read. */
export function stringifyJSON(value: unknown): string {
  const outer = writing;
  const lists: string[] = [];
  writing = lists;
  let text: string;
  try {
    text = JSON.stringify(value);
  } finally {
    writing = outer;
  }
  if (lists.length === 0) return text;
  const [first = '', ...others] = text.split(`"${MARK}"`);
  return first + others.map((other, index) => lists[index] + other).join('');
}
