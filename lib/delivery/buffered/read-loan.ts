import type { ServerResponse } from 'node:http';
import { LARGEST_READ } from '../../upstream/agents/socket-tap';
import { writesPlainly } from '../client/write-now';
import { diskPool } from '../relay/disk-pool';
import { Loans } from '../relay/loans';
import type { Lender } from './spool';

/** Buffers lent to one response: from the disk into them, from them to the client, and back to the pool. */
export class ReadLoan {
  readonly lender: Lender | undefined;
  readonly #loans = new Loans(diskPool);
  #isOver = false;

  constructor(res: ServerResponse) {
    if (!writesPlainly(res)) return;
    diskPool.join();
    this.lender = {
      readSize: () => diskPool.readSize(LARGEST_READ),
      // A read that waited for the disk until after the end: nobody will see it.
      take: (length) => (this.#isOver ? Buffer.allocUnsafe(length) : this.#loans.take(length)),
    };
  }

  giveBack(chunk: Buffer): void {
    this.#loans.giveBack(chunk);
  }

  /** Once the response is closed. */
  end(): void {
    this.#isOver = true;
    this.#loans.forgetAll();
    if (this.lender !== undefined) diskPool.leave();
  }
}
