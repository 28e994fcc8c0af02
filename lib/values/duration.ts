/**
 * Rounds milliseconds to whole microseconds. Differences of `performance.now()` have up to a dozen more decimals, which
 * measure nothing: they come from binary fractions.
 *
 * @see https://nodejs.org/api/perf_hooks.html#performancenow
 */
export function wholeMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** Converts rounded milliseconds to seconds. Divided by 1000, `816.847` would get such decimals again. */
export function secondsOf(ms: number): number {
  return Math.round(ms * 1000) / 1_000_000;
}
