import { errorRow, rowId } from '../dialects/row';

/** The number of errors without a `custom_id` that get a row each. More would be of no use to a client. */
const MAX_ANONYMOUS_ROWS = 1000;
/** The bound of the output in bytes: this plus a multiple of the input read so far. Real files stay far below it. */
const GROWTH_BYTES = 1024 * 1024;
const GROWTH = 8;

const OPENING_BRACE = 0x7b;
/** The white space of JSON, and the first byte of a byte order mark. */
const WHITE_SPACE = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef]);

/**
 * Bounds the output of a conversion: 10 MB of lines that are not rows would become 800 MB of errors. Lines beyond the
 * bounds get no row; one row at the end says how many there were.
 */
export class OutputBounds {
  #bytesRead = 0;
  #bytesWritten = 0;
  #anonymous = 0;
  #omitted = 0;
  #firstOmitted = 0;

  /** Counts bytes of the file that were read. */
  read(bytes: number): void {
    this.#bytesRead += bytes;
  }

  /** Tells whether a line is left out without parsing it. Text that does not begin with `{` is not a row. */
  omits(line: number, bytes: Uint8Array): boolean {
    if (this.#anonymous < MAX_ANONYMOUS_ROWS) return false;
    const first = bytes[0];
    if (first === undefined || first === OPENING_BRACE || WHITE_SPACE.has(first)) return false;
    this.#omit(line);
    return true;
  }

  /** Tells whether a row of `length` bytes may be written for this line. */
  admits(line: number, length: number, isAnonymous: boolean): boolean {
    if (isAnonymous) this.#anonymous += 1;
    const isTooMuch = this.#bytesWritten + length > GROWTH_BYTES + GROWTH * this.#bytesRead;
    if (!isTooMuch && !(isAnonymous && this.#anonymous > MAX_ANONYMOUS_ROWS)) {
      this.#bytesWritten += length;
      return true;
    }
    this.#omit(line);
    return false;
  }

  #omit(line: number): void {
    if (this.#omitted === 0) this.#firstOmitted = line;
    this.#omitted += 1;
  }

  /** Returns the last row, with a line feed, if lines have been left out; otherwise an empty string. */
  summary(): string {
    if (this.#omitted === 0) return '';
    const message =
      `${this.#omitted} more lines of the provider's file, the first of them line ${this.#firstOmitted}, ` +
      'could not be converted and have no row of their own.';
    return `${JSON.stringify(errorRow(rowId(Buffer.from(message)), 'rows_omitted', message))}\n`;
  }
}
