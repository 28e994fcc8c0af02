interface Settle<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/**
 * Settles as a promise does, or fails before it. Once it has settled it keeps nothing alive, although the promise keeps
 * it: a call to a store that hangs may stay pending forever, and must not hold a transfer in memory. For that reason it
 * has no reference to its own result, whose error has one to the functions that threw it.
 */
export class Attempt<T> {
  #settle: Settle<T> | undefined;
  #cleanups: (() => void)[] = [];

  constructor(asked: Promise<T>, settle: Settle<T>) {
    this.#settle = settle;
    asked.then(
      (value) => this.#end()?.resolve(value),
      (error: unknown) => this.#end()?.reject(error),
    );
  }

  /** Fails, unless it has settled. */
  fail(reason: unknown): void {
    this.#end()?.reject(reason);
  }

  /** Calls back when it has settled. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  #end(): Settle<T> | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    for (const cleanup of this.#cleanups) cleanup();
    this.#cleanups = [];
    return settle;
  }
}
