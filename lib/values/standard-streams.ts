const guarded = new WeakSet<object>();

/**
 * Keeps a line that cannot be written from ending the process, and with it every download: the disk that output goes to
 * may be full, or nobody reads the pipe any more. `console` itself ignores such an error of a stream once, and the next
 * one is an uncaught exception.
 *
 * @see https://nodejs.org/api/console.html#new-consoleoptions on `ignoreErrors`
 */
export function surviveFailedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (guarded.has(stream)) continue;
    guarded.add(stream);
    stream.on('error', () => undefined);
  }
}
