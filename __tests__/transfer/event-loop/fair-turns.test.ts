import { isReadingOver, isTurnOver, waitForTurn, waitToRead } from '../../../lib/transfer/event-loop/fair-turns';

/** The clock, in milliseconds: it goes on only where a test says so. */
let skippedMs = 0;

beforeEach(async () => {
  skippedMs = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => skippedMs);
  // What other tests began is over.
  await turn();
  await turn();
});

afterEach(() => {
  jest.restoreAllMocks();
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** @returns how many of `count` have gone on after each turn, until all have */
async function countTurns(count: number, wait: (goOn: () => void) => void, goOn: () => void): Promise<number[]> {
  const order: number[] = [];
  for (let index = 0; index < count; index += 1) {
    wait(() => {
      order.push(index);
      goOn();
    });
  }
  const counts: number[] = [];
  while (order.length < count) {
    await turn();
    counts.push(order.length);
  }
  expect(order).toEqual(Array.from({ length: count }, (_, index) => index));
  return counts;
}

describe.each([
  ['work on rows', isTurnOver],
  ['reading bodies', isReadingOver],
])('the turn of %s', (_what, isOver) => {
  it('is over 4 ms after the first call, and starts again in the next turn', async () => {
    expect(isOver()).toBe(false);
    skippedMs += 3;
    expect(isOver()).toBe(false);
    skippedMs += 2;
    expect(isOver()).toBe(true);
    await turn();
    expect(isOver()).toBe(false);
  });
});

it('lets as much work go on as fits into a turn, in the order in which it came', async () => {
  expect(await countTurns(6, waitForTurn, () => (skippedMs += 2.5))).toEqual([2, 4, 6]);
});

it('lets work that takes a whole turn go on alone', async () => {
  expect(await countTurns(3, waitForTurn, () => (skippedMs += 20))).toEqual([1, 2, 3]);
});

it('lets fewer connections be read in each turn where that takes long, and more where it does not', async () => {
  const slow = await countTurns(40, waitToRead, () => (skippedMs += 3));
  const ofTurns = slow.map((count, index) => count - (slow[index - 1] ?? 0));
  // The work of `goOn` itself is done in this turn, that of the connections in the next: both count.
  expect(ofTurns.slice(-3)).toEqual([2, 2, 2]);
  const fast = await countTurns(400, waitToRead, () => undefined);
  const first = fast[0] ?? 0;
  const largest = Math.max(...fast.map((count, index) => count - (fast[index - 1] ?? 0)));
  expect(first).toBeLessThan(5);
  expect(largest).toBeGreaterThan(20);
  expect(largest).toBeLessThanOrEqual(64);
});

it('lets the application’s own callbacks run between the turns', async () => {
  const events: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    waitForTurn(() => {
      events.push('work');
      skippedMs += 10;
    });
  }
  for (let index = 0; index < 3; index += 1) {
    await turn();
    events.push('application');
  }
  expect(events).toEqual(['work', 'application', 'work', 'application', 'work', 'application']);
});
