import { randomBytes } from 'node:crypto';
import { type RawNumber, toNumber } from './raw-number';

/** Stands for a list while JSON is written. It is secret, so that no file can contain it. */
const MARK = randomBytes(15).toString('base64url');

/** The lists of what is being written, in their order. */
let writing: string[] | undefined;

/** A long list of numbers, kept as text: an embedding is handed on, and nobody looks at its numbers. */
export class NumberList {
  /** The JSON text of the list, with its brackets. */
  readonly text: string;

  /** @throws SyntaxError where the text is no list of JSON */
  constructor(text: string) {
    JSON.parse(text);
    this.text = text;
  }

  /** The numbers; those that JavaScript would write otherwise are kept as text. */
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

/** Writes JSON without loss: a {@link NumberList} and a {@link RawNumber} as they were read. */
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
