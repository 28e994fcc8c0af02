import { type LineParts, PART_BYTES } from '../dialects/oversized-row';
import type { ReadLine } from './row-reader';

const FIRST_BYTES = 16 * 1024;

/** The line that is arriving: at most `maxBytes` of it, or the two ends of a longer one. */
export class LineBuffer {
  readonly #maxBytes: number;
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  #head: Buffer | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Appends a copy of `bytes`. */
  add(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (this.#head !== undefined || length > this.#maxBytes) {
      this.#addToEnds(bytes);
      return;
    }
    if (length > this.#buffer.length) this.#grow(Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length)));
    bytes.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  /** Ends the line and begins the next. The bytes are valid until the next `add()`. */
  complete(): ReadLine {
    const bytes = this.#buffer.subarray(0, this.#length);
    const parts: LineParts | undefined = this.#head && { head: this.#head, tail: bytes };
    this.#head = undefined;
    this.#length = 0;
    // Long lines are rare, so the next one begins with a small buffer.
    if (this.#buffer.length > PART_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return parts === undefined ? { bytes } : { parts };
  }

  #grow(size: number): void {
    const grown = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  /** Keeps the beginning, and the last bytes so far as the end. */
  #addToEnds(bytes: Buffer): void {
    if (this.#head === undefined) {
      this.#head = Buffer.concat([
        this.#buffer.subarray(0, Math.min(this.#length, PART_BYTES)),
        bytes.subarray(0, PART_BYTES),
      ]);
      const tail = this.#buffer.subarray(Math.max(0, this.#length - PART_BYTES), this.#length);
      this.#buffer = Buffer.allocUnsafeSlow(PART_BYTES);
      this.#length = tail.copy(this.#buffer);
    }
    const added = bytes.subarray(-PART_BYTES);
    const kept = Math.min(this.#length, PART_BYTES - added.length);
    this.#buffer.copyWithin(0, this.#length - kept, this.#length);
    added.copy(this.#buffer, kept);
    this.#length = kept + added.length;
  }
}
