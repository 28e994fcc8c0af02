import type { Response } from 'express';
import { diskPool } from './disk-pool';
import type { Lender } from './spool';
import { writesPlainly } from './write-now';

const LARGEST_READ = 256 * 1024;

/** Buffers lent to one response: from the disk into them, from them to the client, and back to the pool. */
export class ReadLoan {
  readonly lender: Lender | undefined;
  /** Lent buffers by the memory that they are: a chunk is a view of its buffer. */
  readonly #lent = new Map<ArrayBufferLike, Buffer>();
  #isOver = false;

  constructor(res: Response) {
    if (!writesPlainly(res)) return;
    diskPool.join();
    this.lender = {
      readSize: () => diskPool.readSize(LARGEST_READ),
      take: (length) => {
        // A read that waited for the disk until after the end: nobody will see it.
        if (this.#isOver) return Buffer.allocUnsafe(length);
        const buffer = diskPool.take(length);
        this.#lent.set(buffer.buffer, buffer);
        return buffer;
      },
    };
  }

  giveBack(chunk: Buffer): void {
    const buffer = this.#lent.get(chunk.buffer);
    if (buffer === undefined) return;
    this.#lent.delete(chunk.buffer);
    diskPool.give(buffer);
  }

  /** Once the response is closed. What did not come back may still be read by the system: it is left to the collector. */
  end(): void {
    this.#isOver = true;
    for (const buffer of this.#lent.values()) diskPool.forget(buffer);
    this.#lent.clear();
    if (this.lender !== undefined) diskPool.leave();
  }
}
