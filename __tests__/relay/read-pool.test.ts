import { LARGEST_READ, ReadPool, SMALLEST_READ } from '../../lib/delivery/read-pool';

describe('ReadPool', () => {
  it('gives a buffer that came back to the next who needs its size', () => {
    const pool = new ReadPool();
    pool.join();
    const first = pool.take(100_000);
    expect(first.length).toBeGreaterThanOrEqual(100_000);
    pool.give(first);
    expect(pool.take(first.length)).toBe(first);
  });

  it('counts what is lent, whether it comes back or not', () => {
    const pool = new ReadPool();
    pool.join();
    const [kept, lost] = [pool.take(1), pool.take(LARGEST_READ)];
    expect(pool.lentBytes).toBe(kept.length + lost.length);
    pool.give(kept);
    pool.forget(lost);
    expect(pool.lentBytes).toBe(0);
  });

  it('never gives out a buffer that was forgotten', () => {
    const pool = new ReadPool();
    pool.join();
    const lost = pool.take(SMALLEST_READ);
    pool.forget(lost);
    expect(pool.take(SMALLEST_READ)).not.toBe(lost);
  });

  it('keeps nothing when nobody relays', () => {
    const pool = new ReadPool();
    pool.join();
    const early = pool.take(SMALLEST_READ);
    const late = pool.take(SMALLEST_READ);
    pool.give(early);
    pool.leave();
    pool.give(late);
    pool.join();
    expect([early, late]).not.toContain(pool.take(SMALLEST_READ));
  });

  it('lets few read much, and many read less', () => {
    const pool = new ReadPool();
    pool.join();
    expect(pool.readSize(LARGEST_READ)).toBe(LARGEST_READ);
    for (let members = 1; members < 1000; members++) pool.join();
    expect(pool.readSize(LARGEST_READ)).toBeLessThanOrEqual(64 * 1024);
    expect(pool.readSize(SMALLEST_READ)).toBe(SMALLEST_READ);
  });

  it('always grants a small read, however much is lent to others', () => {
    const pool = new ReadPool();
    pool.join();
    for (let taken = 0; taken < 1000; taken++) pool.take(LARGEST_READ);
    expect(pool.readSize(LARGEST_READ)).toBe(SMALLEST_READ);
  });

  it('keeps a bounded amount for later', () => {
    const pool = new ReadPool();
    pool.join();
    const lent = Array.from({ length: 200 }, () => pool.take(LARGEST_READ));
    for (const buffer of lent) pool.give(buffer);
    const known = new Set(lent);
    const again = Array.from({ length: 200 }, () => pool.take(LARGEST_READ));
    const reused = again.filter((buffer) => known.has(buffer)).length;
    expect(reused).toBeGreaterThan(0);
    expect(reused * LARGEST_READ).toBeLessThanOrEqual(52 * 1024 * 1024);
  });
});

test('buffers of a size that is no longer asked for make room for those that are', () => {
  const pool = new ReadPool({ mostKept: 256 * 1024 });
  pool.join();
  pool.give(pool.take(256 * 1024));
  const small = pool.take(32 * 1024);
  pool.give(small);
  expect(pool.take(32 * 1024)).toBe(small);
});
