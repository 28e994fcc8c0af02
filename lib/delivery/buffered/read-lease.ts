import type { Recipient } from '../../transfer/recipient';
import { LARGEST_READ } from '../../upstream/agents/socket-tap';
import { writesPlainly } from '../client/write-now';
import { BufferLease, diskPool } from '../relay/buffer-pool';
import type { ReadBuffers } from './spool';

/**
 * The buffers that one response leases from the pool: they are filled from the disk, written to the client, and
 * returned.
 */
export class ReadLease {
  readonly buffers: ReadBuffers | undefined;
  readonly #lease = new BufferLease(diskPool);
  #isOver = false;

  constructor(res: Recipient) {
    if (!writesPlainly(res)) return;
    diskPool.join();
    this.buffers = {
      readSize: () => diskPool.readSize(LARGEST_READ),
      // For a read that was still waiting for the disk at the end. Its bytes are not used.
      acquire: (length) => (this.#isOver ? Buffer.allocUnsafe(length) : this.#lease.acquire(length)),
    };
  }

  release(chunk: Buffer): void {
    this.#lease.release(chunk);
  }

  /** Ends the leases. Call it once the response is closed. */
  end(): void {
    this.#isOver = true;
    this.#lease.discardAll();
    if (this.buffers !== undefined) diskPool.leave();
  }
}
