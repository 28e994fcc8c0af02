/**
 * What the work on batch rows, and what reading and passing on bodies, may each take of one turn of the event loop, in
 * milliseconds. The application gets its turn after both.
 */
const TURN_MS = 4;
/** Of the connections that wait for a turn, so many are read in the first one. */
const FIRST_READERS = 4;
/** Fewer would starve downloads in a process that is slow for another reason. */
const FEWEST_READERS = 2;
const MOST_READERS = 64;

/** Measures a turn from the moment at which somebody first asks, so ask before the work. */
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
/** When the readers of the last turn were let go on. */
let readersBegan: number | undefined;

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(runTurn);
}

function runTurn(): void {
  isScheduled = false;
  adaptReaders();
  // At least one, also in a turn that had none left.
  for (let isFirst = true; work.length > 0 && (!workClock.isOver() || isFirst); isFirst = false) work.shift()?.();
  if (readers.length > 0) {
    readersBegan = performance.now();
    for (const goOn of readers.splice(0, readersPerTurn)) goOn();
  }
  if (work.length > 0 || readers.length > 0) schedule();
}

/**
 * Their bytes were read since the last turn. While others wait, the event loop does not sleep, so that is the time
 * that they took.
 */
function adaptReaders(): void {
  if (readersBegan === undefined) return;
  const spent = performance.now() - readersBegan;
  readersBegan = undefined;
  if (spent > TURN_MS) readersPerTurn = Math.max(FEWEST_READERS, Math.floor(readersPerTurn / 2));
  else readersPerTurn = Math.min(MOST_READERS, Math.ceil(readersPerTurn * 1.25));
}

/**
 * For work that has had its share of a turn: `goOn` is called in a later turn, in the order in which they came, as many
 * as fit into a turn. So the turn of the process stays short however many want all of it.
 */
export function waitForTurn(goOn: () => void): void {
  work.push(goOn);
  schedule();
}

/** Has this turn's work lasted long enough? */
export function isTurnOver(): boolean {
  return workClock.isOver();
}

/**
 * For a connection that has had its share of a turn: `goOn` is called at the end of a turn, in the order in which they
 * came, and shall let the connection be read again in the next one.
 */
export function waitToRead(goOn: () => void): void {
  readers.push(goOn);
  schedule();
}

/** Has reading and passing on bodies lasted long enough in this turn? */
export function isReadingOver(): boolean {
  return readClock.isOver();
}
