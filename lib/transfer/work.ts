import { notices } from './notices';

/** How long a callback that ignores its signal may keep the place of a transfer that has ended. */
const LONGEST_HOLD_MS = 60_000;

/**
 * What a transfer has set in motion and what may still run when it has its outcome: a resolver whose client left, a
 * `fetchContent` that does not listen to its signal, a temporary file that is being removed. A place in `limits` is
 * free when all of it has ended; work that has not ended a minute after its transfer loses the place, so that callbacks
 * that never settle cannot close the router.
 */
export class Work {
  #running = 0;
  #isTransferOver = false;
  readonly #cleanups: (() => void)[] = [];
  #limit: NodeJS.Timeout | undefined;

  /** Work begins. @returns a function that says that it has ended; calling it again does nothing */
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

  /** Counts what a callback returned until it settles. @returns the same, as a promise whose `then` is called once */
  track<T>(returned: T | PromiseLike<T>): Promise<T> {
    const promise = Promise.resolve(returned);
    const end = this.begin();
    promise.then(end, end);
    return promise;
  }

  /** The same source, whose every step is counted until it settles. */
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

  /** Runs when the transfer has its outcome and nothing of its work runs any more, or at once if that is so. */
  onOver(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
    this.#look();
  }

  /** The transfer has its outcome. */
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
