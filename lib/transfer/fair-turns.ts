/** So many go on in one turn of the event loop: each of them may keep it for some milliseconds. */
const PER_TURN = 3;
/** What all that looks at {@link isTurnOver} may take of one turn together. */
const TURN_MS = 4;

const waiting: (() => void)[] = [];
let isScheduled = false;
let turnBegan: number | undefined;

function runTurn(): void {
  for (const goOn of waiting.splice(0, PER_TURN)) goOn();
  isScheduled = waiting.length > 0;
  if (isScheduled) setImmediate(runTurn);
}

function endTurn(): void {
  turnBegan = undefined;
}

/**
 * For work that has had its share of a turn: `goOn` is called in a later turn, a few in each, in the order in which
 * they came. So the turn of the process stays short however many want all of it.
 */
export function waitForTurn(goOn: () => void): void {
  waiting.push(goOn);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(runTurn);
}

/** Has this turn lasted long enough? It begins when somebody first asks, so ask before the work. */
export function isTurnOver(): boolean {
  const now = performance.now();
  if (turnBegan === undefined) {
    turnBegan = now;
    setImmediate(endTurn);
  }
  return now - turnBegan > TURN_MS;
}
