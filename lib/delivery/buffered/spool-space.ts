import { FileContentError } from '../../errors';
import type { Settings } from '../../options/options';

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * The memory that all spools of a router may use together. Without this limit a thousand transfers would hold a
 * thousand times `buffer.memoryPerTransfer`. The rest goes to disk.
 */
const SHARED_MEMORY_BYTES = 16 * MIB;

/**
 * The number of concurrent disk operations. They run on libuv's pool, by default four threads that also resolve host
 * names, so one of them stays free.
 */
const DISK_OPERATIONS = 3;

const RETRY_AFTER_SECONDS = '5';

/** A shared number of bytes that can be taken and given back. */
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

/** Limits the number of concurrent operations. The others wait in order. */
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

/** The resources that the spools of one router share: memory, disk space and disk operations. */
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

/** Makes the error for a full disk, by `buffer.maxDiskBytes` or by the system. */
export function noRoom(cause?: unknown): FileContentError {
  return new FileContentError('overloaded', 'The gateway has no room to buffer this file now. Retry shortly.', {
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
    ...(cause !== undefined && { cause }),
  });
}
