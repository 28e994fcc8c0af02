/** So many go on in one turn of the event loop: each of them may keep it for some milliseconds. */
const PER_TURN = 3;

const waiting: (() => void)[] = [];
let isScheduled = false;

function runTurn(): void {
  for (const goOn of waiting.splice(0, PER_TURN)) goOn();
  isScheduled = waiting.length > 0;
  if (isScheduled) setImmediate(runTurn);
}

/**
 * For a stream that has had its share of a turn: `goOn` is called in a later turn, a few streams in each, in the order in
 * which they came. So the turn of the process stays short however many streams want all of it.
 */
export function waitForTurn(goOn: () => void): void {
  waiting.push(goOn);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(runTurn);
}
