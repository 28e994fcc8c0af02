import { Transform, type TransformCallback } from 'node:stream';
import { errorRow, type FileFacts, type ReadRow, rowId, toBatchRow } from './row';

/** A row of a batch rarely has more than a few hundred kilobytes; images in it may make it megabytes. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;

const LINE_FEED = 0x0a;
const FIRST_CAPACITY = 64 * 1024;

/**
 * Converts JSONL line by line. At most one line is held, of at most `maxLineBytes`. Every line that is not blank gives one
 * row: where it cannot be read, a row with an error.
 */
export class LineConverter {
  readonly #readRow: ReadRow;
  readonly #facts: FileFacts;
  readonly #maxLineBytes: number;
  // A byte order mark at the beginning of the file is dropped by the decoder.
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #held = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;
  #isTooLong = false;
  #lineNumber = 0;

  constructor(readRow: ReadRow, facts: FileFacts, maxLineBytes: number = MAX_LINE_BYTES) {
    this.#readRow = readRow;
    this.#facts = facts;
    this.#maxLineBytes = maxLineBytes;
  }

  /** The rows that `chunk` completes, each with its line feed. */
  *feed(chunk: Uint8Array): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#hold(chunk.subarray(start, end));
      yield* this.#complete();
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
  }

  /** The last row, where the file does not end with a line feed. */
  *end(): Generator<string> {
    if (this.#length > 0 || this.#isTooLong) yield* this.#complete();
  }

  #hold(bytes: Uint8Array): void {
    if (this.#isTooLong) return;
    const length = this.#length + bytes.length;
    if (length > this.#maxLineBytes) {
      this.#isTooLong = true;
      return;
    }
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#held.length * 2));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }

  *#complete(): Generator<string> {
    this.#lineNumber += 1;
    // A carriage return before the line feed is white space to JSON.
    const line = this.#held.subarray(0, this.#length);
    const isTooLong = this.#isTooLong;
    this.#length = 0;
    this.#isTooLong = false;
    if (isTooLong) {
      const message = `Line ${this.#lineNumber} is longer than ${this.#maxLineBytes} bytes.`;
      yield `${JSON.stringify(errorRow(rowId(Buffer.from(message)), 'row_too_long', message))}\n`;
      return;
    }
    const row = this.#convert(line);
    if (row !== undefined) yield `${row}\n`;
  }

  #convert(line: Uint8Array): string | undefined {
    let row: unknown;
    try {
      const text = this.#decoder.decode(line);
      if (text.trim() === '') return undefined;
      row = JSON.parse(text);
    } catch {
      const message = `Line ${this.#lineNumber} of the provider's file is not JSON.`;
      return JSON.stringify(errorRow(rowId(line), 'invalid_json', message));
    }
    try {
      return JSON.stringify(toBatchRow(rowId(line), this.#readRow(row, this.#facts)));
    } catch {
      const message = `Line ${this.#lineNumber} of the provider's file could not be converted.`;
      return JSON.stringify(errorRow(rowId(line), 'invalid_row', message));
    }
  }
}

/** The converter as a stream of bytes. */
export function lineTransform(converter: LineConverter): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      try {
        done(null, [...converter.feed(chunk)].join(''));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
    flush(done: TransformCallback) {
      done(null, [...converter.end()].join(''));
    },
  });
}
