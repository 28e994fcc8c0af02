let end: Promise<void> | undefined;

/**
 * Resolves when the event loop has handled everything that had arrived when its turn began.
 *
 * What is written then, one small message after the other, costs the system much less than the same messages with other
 * work between them: the other process is woken once for all of them. And who has had a large share of a turn goes on
 * after it, so that others get theirs.
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
