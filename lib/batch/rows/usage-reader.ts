import type { BatchUsage } from '../../transfer/observers/usage';
import { describeValue } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { type Dialect, dialectOf, readResult } from '../dialects/dialects';
import { RowOutline } from './row-outline';
import { type CountedRow, UsageCounter } from './usage-counter';

const LINE_FEED = 0x0a;
const UNREADABLE: CountedRow = { error: { code: 'invalid_row', message: '' } };
const TOO_LONG: CountedRow = { error: null };
// The decoder drops a byte order mark at the beginning of the file.
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The default length of the longest line whose usage is read, in bytes (64 MiB). */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** @throws TypeError for anything but a positive integer */
export function checkMaxLineBytes(factory: string, value: number | undefined, otherwise = MAX_LINE_BYTES): number {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalidOption(factory, 'maxLineBytes', 'a positive integer', describeValue(value));
}

/** Counts the usage in a batch's output that arrives in chunks, in any provider's rows. No line is held. */
export class UsageReader {
  readonly #maxLineBytes: number;
  readonly #outline = new RowOutline();
  readonly #counter = new UsageCounter();
  #dialect: Dialect | undefined;
  #lineBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Whether a row has shown the format of the file. */
  get isBatch(): boolean {
    return this.#dialect !== undefined;
  }

  /** Whether there were rows, but none of a batch's output. */
  get isForeign(): boolean {
    return !this.isBatch && this.#counter.rows > 0;
  }

  /** Reads the next bytes. */
  add(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#add(chunk, start, end);
      this.#count(this.#finish());
      start = end + 1;
    }
    this.#add(chunk, start, chunk.length);
  }

  /** Ends the file. @param isWhole if false, an incomplete last line does not count */
  end(isWhole: boolean): BatchUsage {
    const last = this.#finish();
    if (isWhole || (last !== UNREADABLE && last !== TOO_LONG)) this.#count(last);
    return this.#counter.result();
  }

  #add(chunk: Buffer, start: number, end: number): void {
    this.#lineBytes += end - start;
    if (this.#lineBytes <= this.#maxLineBytes) this.#outline.add(chunk, start, end);
  }

  #count(row: CountedRow | undefined): void {
    if (row !== undefined) this.#counter.add(row);
  }

  /** Ends the line. @returns undefined if it is blank */
  #finish(): CountedRow | undefined {
    if (this.#lineBytes === 0) return undefined;
    const isTooLong = this.#lineBytes > this.#maxLineBytes;
    this.#lineBytes = 0;
    const outline = this.#outline.finish();
    if (outline === undefined || isTooLong) return TOO_LONG;
    try {
      const text = decoder.decode(outline);
      if (text.trim() === '') return undefined;
      const row: unknown = JSON.parse(text);
      const dialect = this.#dialect ?? dialectOf(row);
      if (dialect === undefined) return UNREADABLE;
      this.#dialect = dialect;
      return readResult(dialect, row, { created: 0 });
    } catch {
      return UNREADABLE;
    }
  }
}
