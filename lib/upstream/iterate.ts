import { isReadingOver, waitToRead } from '../transfer/event-loop/fair-turns';

/** The number of chunks per turn. An iterable that always has a chunk ready would block the event loop. */
const CHUNKS_PER_TURN = 64;

/**
 * Reads an iterable chunk by chunk until it ends, and closes it when no more is wanted. An abort ends the wait at once,
 * even if the iterable never settles.
 *
 * @throws the signal's reason, or what the iterable or `take` throws
 */
export async function forEachChunk(
  source: AsyncIterable<unknown>,
  signal: AbortSignal,
  take: (chunk: unknown) => Promise<void> | undefined,
): Promise<void> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => interrupt?.(signal.reason);
  const next = (): Promise<IteratorResult<unknown>> =>
    new Promise((resolve, reject) => {
      interrupt = reject;
      Promise.resolve(iterator.next()).then(resolve, reject);
    });
  signal.addEventListener('abort', onAbort);
  let isOver = false;
  try {
    for (let chunks = 1; ; chunks += 1) {
      let result: IteratorResult<unknown>;
      try {
        result = await next();
      } catch (error) {
        // An iterable that failed has ended; after an abort it has not.
        isOver = !signal.aborted;
        throw error;
      }
      if (result.done === true) {
        isOver = true;
        return;
      }
      const taken = take(result.value);
      if (taken !== undefined) await taken;
      else if (chunks % CHUNKS_PER_TURN === 0 || isReadingOver()) await new Promise<void>(waitToRead);
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!isOver) leave(iterator);
  }
}

/** Calls `return` without waiting for it: a generator that hangs never settles it. */
function leave(iterator: AsyncIterator<unknown>): void {
  try {
    iterator.return?.().then(undefined, () => undefined);
  } catch {
    // A failure of the iterable no longer matters.
  }
}

/** Waits for work until the signal aborts. A later result is passed to `discard`. @throws the signal's reason */
export function untilAborted<T>(
  signal: AbortSignal,
  work: () => T | Promise<T>,
  discard: (late: T) => void = () => undefined,
): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let isLate = false;
    const onAbort = (): void => {
      isLate = true;
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    new Promise<T>((start) => start(work())).then(
      (result) => {
        settle();
        if (isLate) discard(result);
        else resolve(result);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** Closes an iterable that was never read: a stream by `destroy`, which its iterator's `return` would not call. */
export function discardSource(source: unknown): void {
  const held: AsyncIterable<unknown> & { readonly destroy?: unknown } = Object(source);
  try {
    if (typeof held.destroy === 'function') held.destroy();
    else leave(held[Symbol.asyncIterator]());
  } catch {
    // A failure no longer matters, nor does a value that is not a source.
  }
}
