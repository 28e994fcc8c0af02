import { FileContentError } from '../../errors';
import type { Settings } from '../../options';

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Memory that all spools of a router share, whatever each of them may take: without it a thousand transfers would hold
 * a thousand times `buffer.memoryPerTransfer`. What it has no room for goes to disk.
 */
const SHARED_MEMORY_BYTES = 16 * MIB;

/** Disk work runs on libuv's pool, by default four threads that also look up names: one of them stays free. */
const DISK_OPERATIONS = 3;

const RETRY_AFTER_SECONDS = '5';

/** A number of bytes that several take from and give back to. */
class Budget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}

/** Lets a bounded number of operations run at once; the others wait in their order. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await operation();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/** What the spools of one router share: the room in memory and on disk, and the access to the disk. */
export interface SpoolSpace {
  readonly memory: Budget;
  readonly disk: Budget;
  readonly gate: Gate;
  readonly memoryPerTransfer: number;
  readonly directory: string;
}

export type { Budget, Gate };

export function createSpoolSpace({ memoryPerTransfer, maxDiskBytes, directory }: Settings['buffer']): SpoolSpace {
  return {
    memory: new Budget(SHARED_MEMORY_BYTES),
    disk: new Budget(maxDiskBytes),
    gate: new Gate(DISK_OPERATIONS),
    memoryPerTransfer,
    directory,
  };
}

/** No room on disk, neither by `buffer.maxDiskBytes` nor by the system's word. */
export function noRoom(cause?: unknown): FileContentError {
  return new FileContentError('overloaded', 'The gateway has no room to buffer this file now. Retry shortly.', {
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
    ...(cause !== undefined && { cause }),
  });
}
