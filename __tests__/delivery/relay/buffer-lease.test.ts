import { BufferLease, BufferPool } from '../../../lib/delivery/relay/buffer-pool';

const SIZE = 64 * 1024;

describe('a lease', () => {
  it('come back by any part of them, once', () => {
    const pool = new BufferPool();
    const lease = new BufferLease(pool);
    const buffer = lease.acquire(SIZE);
    expect(pool.leasedBytes).toBe(SIZE);
    lease.release(buffer.subarray(5, 7));
    expect(pool.leasedBytes).toBe(0);
    lease.release(buffer);
    expect(pool.leasedBytes).toBe(0);
    expect(lease.acquire(SIZE) === buffer).toBe(true);
  });

  it('are leased to one reader at a time', () => {
    const pool = new BufferPool();
    const lease = new BufferLease(pool);
    const foreign = new BufferLease(pool).acquire(SIZE);
    lease.release(foreign);
    lease.release(Buffer.alloc(SIZE));
    expect(pool.leasedBytes).toBe(SIZE);
  });

  it('that are discarded are never reused', () => {
    const pool = new BufferPool();
    const lease = new BufferLease(pool);
    const buffers = [lease.acquire(SIZE), lease.acquire(SIZE)];
    lease.discardAll();
    expect(pool.leasedBytes).toBe(0);
    for (const buffer of buffers) lease.release(buffer);
    expect(pool.leasedBytes).toBe(0);
    expect(buffers.includes(lease.acquire(SIZE))).toBe(false);
  });
});
