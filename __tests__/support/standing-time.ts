/** For what must happen at once: no stopwatch, which a loaded machine would spoil, but timers that never fire. */

/** Runs `work` while timers stand still. Whatever waits for time to pass then waits for ever. */
export async function whileTimeStandsStill<T>(work: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance', 'hrtime', 'Date'],
  });
  try {
    return await work();
  } finally {
    jest.useRealTimers();
  }
}

/** Waits, turn of the event loop by turn, until `condition` holds. */
export async function turnsUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
