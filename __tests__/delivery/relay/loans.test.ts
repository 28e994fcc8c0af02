import { ReadPool } from '../../../lib/delivery/relay/buffer-pool';
import { Loans } from '../../../lib/delivery/relay/loans';

const SIZE = 64 * 1024;

describe('loans', () => {
  it('come back by any part of them, once', () => {
    const pool = new ReadPool();
    const loans = new Loans(pool);
    const buffer = loans.take(SIZE);
    expect(pool.lentBytes).toBe(SIZE);
    loans.giveBack(buffer.subarray(5, 7));
    expect(pool.lentBytes).toBe(0);
    loans.giveBack(buffer);
    expect(pool.lentBytes).toBe(0);
    expect(loans.take(SIZE) === buffer).toBe(true);
  });

  it('are lent to one reader at a time', () => {
    const pool = new ReadPool();
    const loans = new Loans(pool);
    const foreign = new Loans(pool).take(SIZE);
    loans.giveBack(foreign);
    loans.giveBack(Buffer.alloc(SIZE));
    expect(pool.lentBytes).toBe(SIZE);
  });

  it('that are forgotten are never lent again', () => {
    const pool = new ReadPool();
    const loans = new Loans(pool);
    const buffers = [loans.take(SIZE), loans.take(SIZE)];
    loans.forgetAll();
    expect(pool.lentBytes).toBe(0);
    for (const buffer of buffers) loans.giveBack(buffer);
    expect(pool.lentBytes).toBe(0);
    expect(buffers.includes(loans.take(SIZE))).toBe(false);
  });
});
