import { errorRow, rowId } from './row';

/** So many errors that name no `custom_id` get a row of their own; a client can do nothing with more of them. */
const MAX_ANONYMOUS_ROWS = 1000;
/**
 * What a file may become, in bytes: this and so many times what was read of it. Rows of real files do not come near it.
 */
const GROWTH_BYTES = 1024 * 1024;
const GROWTH = 8;

const OPENING_BRACE = 0x7b;
/** Of JSON, and the first byte of a byte order mark. */
const WHITE_SPACE = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef]);

/**
 * Bounds what a conversion makes of a file: 10 MB of lines that are not rows would become 800 MB of errors. Lines
 * beyond the bounds get no row of their own; one row at the end says how many they were.
 */
export class OutputBounds {
  #bytesRead = 0;
  #bytesWritten = 0;
  #anonymous = 0;
  #omitted = 0;
  #firstOmitted = 0;

  /** So much of the file has been read, in bytes. */
  read(bytes: number): void {
    this.#bytesRead += bytes;
  }

  /** Is this line left out without a look at its content? No text that begins otherwise than `{` is a row. */
  omits(line: number, bytes: Uint8Array): boolean {
    if (this.#anonymous < MAX_ANONYMOUS_ROWS) return false;
    const first = bytes[0];
    if (first === undefined || first === OPENING_BRACE || WHITE_SPACE.has(first)) return false;
    this.#omit(line);
    return true;
  }

  /** May a row of `length` bytes be written for this line? */
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

  /** The last row where lines have been left out, with its line feed; else nothing. */
  summary(): string {
    if (this.#omitted === 0) return '';
    const message =
      `${this.#omitted} more lines of the provider's file, the first of them line ${this.#firstOmitted}, ` +
      'could not be converted and have no row of their own.';
    return `${JSON.stringify(errorRow(rowId(Buffer.from(message)), 'rows_omitted', message))}\n`;
  }
}
