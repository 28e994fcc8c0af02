let end: Promise<void> | undefined;

/**
 * Resolves when the event loop has handled everything that had arrived when its current iteration began.
 *
 * Many small writes directly after each other cost much less than the same writes with other work in between, because
 * the receiving process is woken once for all of them. A connection that has used a large share of an iteration also
 * continues after it, so that others are served.
 */
export function endOfTurn(): Promise<void> {
  end ??= new Promise((resolve) => {
    setImmediate(() => {
      end = undefined;
      resolve();
    });
  });
  return end;
}
