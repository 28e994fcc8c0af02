// Buffers are compared by identity outside of expect(): a failure that printed their bytes would take minutes.
import { BufferPool, SMALLEST_READ } from '../../../lib/delivery/relay/buffer-pool';
import { LARGEST_READ } from '../../../lib/upstream/agents/socket-tap';

describe('BufferPool', () => {
  it('gives a buffer that came back to the next who needs its size', () => {
    const pool = new BufferPool();
    pool.join();
    const first = pool.acquire(100_000);
    expect(first.length).toBeGreaterThanOrEqual(100_000);
    pool.release(first);
    expect(pool.acquire(first.length) === first).toBe(true);
  });

  it('counts leased bytes, whether they are returned or not', () => {
    const pool = new BufferPool();
    pool.join();
    const [kept, lost] = [pool.acquire(1), pool.acquire(LARGEST_READ)];
    expect(pool.leasedBytes).toBe(kept.length + lost.length);
    pool.release(kept);
    pool.discard(lost);
    expect(pool.leasedBytes).toBe(0);
  });

  it('never gives out a buffer that was forgotten', () => {
    const pool = new BufferPool();
    pool.join();
    const lost = pool.acquire(SMALLEST_READ);
    pool.discard(lost);
    expect(pool.acquire(SMALLEST_READ) === lost).toBe(false);
  });

  it('keeps few buffers while nothing is relayed, for the next relay', () => {
    const pool = new BufferPool();
    const MIB = 1024 * 1024;
    const take = (): Buffer[] => Array.from({ length: 20 }, () => pool.acquire(LARGEST_READ));
    const reusedOf = (known: readonly Buffer[]): number => {
      const set = new Set(known);
      return take().filter((buffer) => set.has(buffer)).length * LARGEST_READ;
    };
    pool.join();
    const early = take();
    for (const buffer of early) pool.release(buffer);
    pool.leave();
    const late = take();
    expect(late.filter((buffer) => early.includes(buffer)).length * LARGEST_READ).toBe(MIB);
    for (const buffer of late) pool.release(buffer);
    expect(reusedOf(late)).toBe(MIB);
  });

  it('lets any number read much while nothing waits, and less the more does', () => {
    const pool = new BufferPool();
    for (let members = 0; members < 1000; members++) pool.join();
    expect(pool.readSize(LARGEST_READ)).toBe(LARGEST_READ);
    const sizes: number[] = [];
    for (let members = 0; members < 1000; members++) sizes.push(pool.acquire(pool.readSize(LARGEST_READ)).length);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(new Set(sizes)).toEqual(new Set([LARGEST_READ, LARGEST_READ / 2, LARGEST_READ / 4, SMALLEST_READ]));
    // The budget, and the smallest read for each that came later.
    expect(pool.leasedBytes).toBeLessThanOrEqual(16 * 1024 * 1024 + 1000 * SMALLEST_READ);
    expect(pool.readSize(SMALLEST_READ)).toBe(SMALLEST_READ);
  });

  it('always grants a small read, however much is leased to others', () => {
    const pool = new BufferPool();
    pool.join();
    for (let taken = 0; taken < 1000; taken++) pool.acquire(LARGEST_READ);
    expect(pool.readSize(LARGEST_READ)).toBe(SMALLEST_READ);
  });

  it('keeps a bounded amount for later', () => {
    const pool = new BufferPool();
    pool.join();
    const lent = Array.from({ length: 200 }, () => pool.acquire(LARGEST_READ));
    for (const buffer of lent) pool.release(buffer);
    const known = new Set(lent);
    const again = Array.from({ length: 200 }, () => pool.acquire(LARGEST_READ));
    const reused = again.filter((buffer) => known.has(buffer)).length;
    expect(reused).toBeGreaterThan(0);
    expect(reused * LARGEST_READ).toBeLessThanOrEqual(16 * 1024 * 1024);
  });
});

test('buffers of a size that is no longer asked for make room for those that are', () => {
  const pool = new BufferPool({ mostKept: 256 * 1024 });
  pool.join();
  pool.release(pool.acquire(256 * 1024));
  const small = pool.acquire(32 * 1024);
  pool.release(small);
  expect(pool.acquire(32 * 1024) === small).toBe(true);
});

describe('a small BufferPool', () => {
  const SIZE = 64 * 1024;

  it('keeps what came back while there is anybody left', () => {
    const pool = new BufferPool();
    pool.join();
    pool.join();
    const buffer = pool.acquire(SIZE);
    pool.release(buffer);
    pool.leave();
    expect(pool.members).toBe(1);
    expect(pool.acquire(SIZE) === buffer).toBe(true);
  });

  it('keeps exactly as much as it may, again and again', () => {
    const pool = new BufferPool({ mostKept: SIZE });
    pool.join();
    const buffer = pool.acquire(SIZE);
    for (let round = 0; round < 3; round += 1) {
      pool.release(buffer);
      expect(pool.acquire(SIZE) === buffer).toBe(true);
    }
  });

  it('keeps several of a size', () => {
    const pool = new BufferPool();
    pool.join();
    const buffers = [pool.acquire(SIZE), pool.acquire(SIZE), pool.acquire(SIZE)];
    for (const buffer of buffers) pool.release(buffer);
    const again = new Set([pool.acquire(SIZE), pool.acquire(SIZE), pool.acquire(SIZE)]);
    expect(buffers.every((buffer) => again.has(buffer))).toBe(true);
  });

  it('does not drop a buffer for another of its size', () => {
    const pool = new BufferPool({ mostKept: SIZE });
    pool.join();
    const [first, second] = [pool.acquire(SIZE), pool.acquire(SIZE)];
    pool.release(first);
    pool.release(second);
    expect(pool.acquire(SIZE) === first).toBe(true);
    expect(pool.acquire(SIZE) === second).toBe(false);
  });

  it('finds no room in a size of which nothing is kept any more', () => {
    const pool = new BufferPool({ mostKept: SIZE });
    pool.join();
    pool.release(pool.acquire(SIZE));
    pool.acquire(SIZE);
    const small = [pool.acquire(SIZE / 2), pool.acquire(SIZE / 2), pool.acquire(SIZE / 2)];
    for (const buffer of small) pool.release(buffer);
    const again = [pool.acquire(SIZE / 2), pool.acquire(SIZE / 2), pool.acquire(SIZE / 2)];
    expect(again.filter((buffer) => small.includes(buffer)).length).toBe(2);
  });

  it('gives buffers in powers of two, from half of the smallest read', () => {
    const pool = new BufferPool();
    const lengths = [0, 1, SMALLEST_READ / 2, SMALLEST_READ / 2 + 1, SMALLEST_READ, LARGEST_READ - 1, LARGEST_READ];
    expect(lengths.map((length) => pool.acquire(length).length / SMALLEST_READ)).toEqual([0.5, 0.5, 0.5, 1, 1, 8, 8]);
  });

  it('grants the wanted size up to a sixteenth of the remaining budget', () => {
    const pool = new BufferPool({ budget: 16 * LARGEST_READ });
    expect(pool.readSize(LARGEST_READ)).toBe(LARGEST_READ);
    pool.acquire(SMALLEST_READ);
    expect(pool.readSize(LARGEST_READ)).toBe(LARGEST_READ / 2);
  });

  it('grants the smallest read if little is left, and once the budget is used up', () => {
    const pool = new BufferPool({ budget: 4 * SMALLEST_READ });
    expect(pool.readSize(LARGEST_READ)).toBe(SMALLEST_READ);
    pool.acquire(4 * SMALLEST_READ);
    expect(pool.readSize(LARGEST_READ)).toBe(SMALLEST_READ);
  });
});
