import { createSpoolSpace, noRoom } from '../../../lib/delivery/buffered/spool-space';

const MIB = 1024 * 1024;

function spaceOf(maxDiskBytes: number) {
  return createSpoolSpace({ memoryPerTransfer: 7, maxDiskBytes, directory: '/d', maxBytes: 1, retries: 0 });
}

test('it keeps what the settings say of one transfer', () => {
  expect(spaceOf(0)).toMatchObject({ memoryPerTransfer: 7, directory: '/d' });
});

test.each([
  ['disk', 'as much as the settings say', 100],
  ['memory', '16 MiB', 16 * MIB],
] as const)('of %s there is %s, and what is given back can be taken again', (what, _much, size) => {
  const budget = spaceOf(100)[what];
  expect(budget.take(size + 1)).toBe(false);
  expect(budget.take(size - 1)).toBe(true);
  expect(budget.take(2)).toBe(false);
  expect(budget.take(1)).toBe(true);
  expect(budget.take(1)).toBe(false);
  budget.giveBack(2);
  expect(budget.take(3)).toBe(false);
  expect(budget.take(2)).toBe(true);
});

/** An operation that ends when it is told to. */
interface Operation {
  readonly result: Promise<number>;
  end(error?: Error): void;
}

describe('the access to the disk', () => {
  function rig() {
    const { gate } = spaceOf(0);
    const begun: number[] = [];
    function run(index: number): Operation {
      let end: Operation['end'] = () => undefined;
      const result = gate.run(() => {
        begun.push(index);
        return new Promise<number>((resolve, reject) => {
          end = (error) => (error === undefined ? resolve(index) : reject(error));
        });
      });
      return { result, end: (error) => end(error) };
    }
    return { begun, run };
  }

  test('is had by three at a time, the others in their order', async () => {
    const { begun, run } = rig();
    const operations = [0, 1, 2, 3, 4].map(run);
    expect(begun).toEqual([0, 1, 2]);
    operations[1]?.end();
    expect(await operations[1]?.result).toBe(1);
    expect(begun).toEqual([0, 1, 2, 3]);
    for (const { end } of operations) end();
    await operations[3]?.result;
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    operations[4]?.end();
    expect(await Promise.all(operations.map(({ result }) => result))).toEqual([0, 1, 2, 3, 4]);
  });

  test('is free again after those that had it, however they ended', async () => {
    const { begun, run } = rig();
    for (const round of [0, 3, 6]) {
      const operations = [round, round + 1, round + 2].map(run);
      expect(begun).toHaveLength(round + 3);
      for (const { end, result } of operations) {
        end(new Error('no'));
        await expect(result).rejects.toThrow('no');
      }
    }
  });
});

test('a full disk is an error that says when to retry', () => {
  expect(noRoom()).toMatchObject({
    code: 'overloaded',
    status: 503,
    message: 'The gateway has no room to buffer this file now. Retry shortly.',
    headers: { 'retry-after': '5' },
  });
  expect(noRoom()).not.toHaveProperty('cause');
  const cause = new Error('full');
  expect(noRoom(cause).cause).toBe(cause);
});
