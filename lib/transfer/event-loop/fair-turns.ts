/**
 * The time in milliseconds that the work on batch rows may take in one iteration of the event loop, and the same for
 * reading bodies and passing them on. The application's own work runs after both.
 */
const TURN_MS = 4;
/** The number of waiting connections that are read in the first turn. */
const FIRST_READERS = 4;
/** With fewer, downloads would starve in a process that is slow for another reason. */
const FEWEST_READERS = 2;
const MOST_READERS = 64;

/** Measures a turn from the first call of `isOver()`, so call it before the work. */
class TurnClock {
  #began: number | undefined;

  isOver(): boolean {
    const now = performance.now();
    if (this.#began === undefined) {
      this.#began = now;
      setImmediate(this.#end);
    }
    return now - this.#began > TURN_MS;
  }

  readonly #end = (): void => {
    this.#began = undefined;
  };
}

const workClock = new TurnClock();
const readClock = new TurnClock();
const work: (() => void)[] = [];
const readers: (() => void)[] = [];
let readersPerTurn = FIRST_READERS;
let isScheduled = false;
/** When the readers of the last turn were resumed. */
let readersBegan: number | undefined;

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(runTurn);
}

function runTurn(): void {
  isScheduled = false;
  adaptReaders();
  // At least one runs, even if the turn's time is already used up.
  for (let isFirst = true; work.length > 0 && (!workClock.isOver() || isFirst); isFirst = false) work.shift()?.();
  if (readers.length > 0) {
    readersBegan = performance.now();
    for (const goOn of readers.splice(0, readersPerTurn)) goOn();
  }
  if (work.length > 0 || readers.length > 0) schedule();
}

/**
 * Adapts the number of readers to the time that the last ones took. While others wait the event loop does not sleep, so
 * the time since the last turn is the time of its readers.
 */
function adaptReaders(): void {
  if (readersBegan === undefined) return;
  const spent = performance.now() - readersBegan;
  readersBegan = undefined;
  if (spent > TURN_MS) readersPerTurn = Math.max(FEWEST_READERS, Math.floor(readersPerTurn / 2));
  else readersPerTurn = Math.min(MOST_READERS, Math.ceil(readersPerTurn * 1.25));
}

/**
 * Queues work that has used its share of a turn. `goOn` is called in a later turn, in order of arrival, as many as fit
 * into each turn. So an iteration of the event loop stays short however much work is waiting.
 */
export function waitForTurn(goOn: () => void): void {
  work.push(goOn);
  schedule();
}

/** Tells whether the work of this turn has used its time. */
export function isTurnOver(): boolean {
  return workClock.isOver();
}

/**
 * Queues a connection that has used its share of a turn. `goOn` is called at the end of a turn, in order of arrival,
 * and must let the connection be read again in the next one.
 */
export function waitToRead(goOn: () => void): void {
  readers.push(goOn);
  schedule();
}

/** Tells whether reading and passing on bodies has used its time in this turn. */
export function isReadingOver(): boolean {
  return readClock.isOver();
}
