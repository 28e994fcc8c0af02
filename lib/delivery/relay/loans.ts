import type { ReadPool } from './buffer-pool';

/** The buffers of a pool that one transfer has; each is found again by any part of it. */
export class Loans {
  readonly #pool: ReadPool;
  readonly #lent = new Map<ArrayBufferLike, Buffer>();

  constructor(pool: ReadPool) {
    this.#pool = pool;
  }

  take(length: number): Buffer {
    const buffer = this.#pool.take(length);
    this.#lent.set(buffer.buffer, buffer);
    return buffer;
  }

  /** Nobody reads it any more. Nothing happens where it was not lent here, or has been forgotten. */
  giveBack(part: Buffer): void {
    const buffer = this.#lent.get(part.buffer);
    if (buffer === undefined) return;
    this.#lent.delete(part.buffer);
    this.#pool.give(buffer);
  }

  /**
   * What did not come back, once nothing comes back any more: the system may still read it, so the collector gets it.
   */
  forgetAll(): void {
    for (const buffer of this.#lent.values()) this.#pool.forget(buffer);
    this.#lent.clear();
  }
}
