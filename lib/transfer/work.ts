import { notices } from './observers/notices';

/** How long a callback that ignores its signal may keep the place of a transfer that has ended. */
const LONGEST_HOLD_MS = 60_000;

/**
 * The work that a transfer started and that may still run when it is settled: a resolver whose client left, a
 * `fetchContent` that ignores its signal, a temporary file that is being removed. The transfer's place in `limits` is
 * free when all of it has ended, but at the latest a minute after the transfer, so that callbacks that never settle
 * cannot use up all places.
 */
export class Work {
  #running = 0;
  #isTransferOver = false;
  readonly #cleanups: (() => void)[] = [];
  #limit: NodeJS.Timeout | undefined;

  /** Begins some work. @returns a function that ends it; calling it again does nothing */
  begin(): () => void {
    let isOver = false;
    this.#running += 1;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#running -= 1;
      this.#look();
    };
  }

  /**
   * Tracks the result of a callback until it settles. @returns the same result as a promise; the `then` of a thenable
   * is called only once
   */
  track<T>(returned: T | PromiseLike<T>): Promise<T> {
    const promise = Promise.resolve(returned);
    const end = this.begin();
    promise.then(end, end);
    return promise;
  }

  /** Wraps a source so that each of its steps is tracked until it settles. */
  trackSource(source: AsyncIterable<unknown>): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = source[Symbol.asyncIterator]();
        return {
          next: () => this.track(iterator.next()),
          ...(typeof iterator.return === 'function' && {
            return: () => this.track(iterator.return?.() ?? { done: true as const, value: undefined }),
          }),
        };
      },
    };
  }

  /** Calls `cleanup` when the transfer is settled and all its work has ended, or at once if that is already so. */
  onOver(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
    this.#look();
  }

  /** The transfer is settled. */
  transferOver(): void {
    this.#isTransferOver = true;
    if (this.#running > 0 && this.#cleanups.length > 0) {
      this.#limit = setTimeout(() => this.#giveUp(), LONGEST_HOLD_MS).unref();
    }
    this.#look();
  }

  #look(): void {
    if (this.#isTransferOver && this.#running === 0) this.#cleanUp();
  }

  #giveUp(): void {
    notices.write(
      'work',
      `a resolver or a provider's function has not settled ${LONGEST_HOLD_MS / 1000} s after its transfer ended, ` +
        'although its signal was aborted; its place in "limits" is given back',
    );
    this.#cleanUp();
  }

  #cleanUp(): void {
    clearTimeout(this.#limit);
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }
}
