/** Keeps a copy of the last bytes of a body, with which the beginning of the rest is compared. */
export class ContentTail {
  readonly #size: number;
  #ring: Buffer | undefined;
  #next = 0;
  #length = 0;

  /** @param size the number of bytes that are kept; none with 0 */
  constructor(size: number) {
    this.#size = size;
  }

  /** The number of kept bytes. */
  get length(): number {
    return this.#length;
  }

  /** Copies bytes of the body that have passed. */
  keep(bytes: Uint8Array): void {
    if (this.#size === 0) return;
    this.#ring ??= Buffer.allocUnsafeSlow(this.#size);
    if (bytes.length >= this.#size) {
      this.#ring.set(bytes.subarray(bytes.length - this.#size));
      this.#next = 0;
      this.#length = this.#size;
      return;
    }
    const atEnd = Math.min(bytes.length, this.#size - this.#next);
    this.#ring.set(bytes.subarray(0, atEnd), this.#next);
    this.#ring.set(bytes.subarray(atEnd), 0);
    this.#next = (this.#next + bytes.length) % this.#size;
    this.#length = Math.min(this.#size, this.#length + bytes.length);
  }

  /** Returns all kept bytes, in the order of the body. */
  read(): Buffer {
    if (this.#ring === undefined) return Buffer.alloc(0);
    if (this.#length < this.#size) return Buffer.from(this.#ring.subarray(0, this.#length));
    return Buffer.concat([this.#ring.subarray(this.#next), this.#ring.subarray(0, this.#next)]);
  }
}
