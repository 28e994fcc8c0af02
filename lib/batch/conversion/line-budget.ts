const MIB = 1024 * 1024;

/** The memory for the long lines of all transfers of the process, in bytes. */
const LONG_LINES_BYTES = 32 * MIB;

interface Waiter {
  readonly bytes: number;
  readonly take: () => void;
}

/** Limits the memory of long lines. A line that does not fit waits, in order of arrival. */
export class LineBudget {
  readonly #total: number;
  #taken = 0;
  readonly #waiting = new Set<Waiter>();

  constructor(total: number = LONG_LINES_BYTES) {
    this.#total = total;
  }

  /** The bytes that are taken now. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes `bytes`. More than the whole budget is granted only while nothing else is taken.
   *
   * @throws the reason of `signal` if it aborts during the wait
   */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.size === 0 && this.#hasRoom(bytes)) {
      this.#taken += bytes;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        settle();
        reject(signal.reason);
        // A smaller line may have waited behind this one.
        this.#serve();
      };
      const waiter: Waiter = {
        bytes,
        take: () => {
          settle();
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort);
      this.#waiting.add(waiter);
    });
  }

  /** Gives back what was taken. */
  giveBack(bytes: number): void {
    this.#taken -= bytes;
    this.#serve();
  }

  #hasRoom(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#total;
  }

  #serve(): void {
    for (const { bytes, take } of this.#waiting) {
      if (!this.#hasRoom(bytes)) return;
      this.#taken += bytes;
      take();
    }
  }
}

/** Shared by all transfers of the process, as its memory is. */
export const longLines = new LineBudget();
