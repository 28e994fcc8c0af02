const MIB = 1024 * 1024;

/** What the long lines of all transfers of the process may hold together, in bytes. */
const LONG_LINES_BYTES = 32 * MIB;

interface Waiter {
  readonly bytes: number;
  readonly take: () => void;
}

/** Room for long lines. Whoever finds none waits; the first that came is served first. */
export class LineBudget {
  readonly #total: number;
  #taken = 0;
  readonly #waiting = new Set<Waiter>();

  constructor(total: number = LONG_LINES_BYTES) {
    this.#total = total;
  }

  /** Bytes that are taken now. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes `bytes`; more than there are in all only where nobody else has any.
   *
   * @throws the reason of `signal`, when it aborts before there was room
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
        // It may have been in the way of a smaller one.
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
