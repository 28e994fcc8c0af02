import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Response } from 'express';
import { ReadLease } from '../../../lib/delivery/buffered/read-lease';
import { diskPool } from '../../../lib/delivery/relay/buffer-pool';

function newResponse(): Response {
  // What Express makes of it is not looked at.
  return new ServerResponse(new IncomingMessage(new Socket())) as Response;
}

function pool(): object {
  return { lent: diskPool.leasedBytes, members: diskPool.members };
}

const UNTOUCHED = { lent: 0, members: 0 };

function take(lease: ReadLease, length: number): Buffer {
  if (lease.buffers === undefined) throw new Error('nothing is lent');
  return lease.buffers.acquire(length);
}

test('a buffer is leased until any part of it is returned', () => {
  const lease = new ReadLease(newResponse());
  expect(pool()).toEqual({ lent: 0, members: 1 });
  const [first, second] = [take(lease, 100_000), take(lease, 100_000)];
  expect(pool()).toEqual({ lent: first.length + second.length, members: 1 });
  lease.release(first.subarray(5, 10));
  expect(diskPool.leasedBytes).toBe(second.length);
  lease.release(first.subarray(5, 10));
  lease.release(Buffer.alloc(10));
  expect(diskPool.leasedBytes).toBe(second.length);
  lease.release(second);
  expect(take(lease, 100_000)).toBe(second);
  lease.end();
  expect(pool()).toEqual(UNTOUCHED);
});

test('buffers that were not returned at the end are not reused', () => {
  const lease = new ReadLease(newResponse());
  const other = new ReadLease(newResponse());
  const lost = take(lease, 100_000);
  lease.end();
  lease.release(lost);
  expect(pool()).toEqual({ lent: 0, members: 1 });
  expect(take(other, 100_000)).not.toBe(lost);
  other.end();
  expect(pool()).toEqual(UNTOUCHED);
});

test('a read after the end gets no leased buffer', () => {
  const lease = new ReadLease(newResponse());
  lease.end();
  expect(take(lease, 1_000)).toHaveLength(1_000);
  expect(pool()).toEqual(UNTOUCHED);
});

test('one reads 256 KiB at a time, less when many wait for their clients', () => {
  const lease = new ReadLease(newResponse());
  expect(lease.buffers?.readSize()).toBe(256 * 1024);
  const others = Array.from({ length: 100 }, () => new ReadLease(newResponse()));
  for (const other of others) other.buffers?.acquire(256 * 1024);
  expect(lease.buffers?.readSize()).toBeLessThan(256 * 1024);
  for (const other of others) other.end();
  expect(lease.buffers?.readSize()).toBe(256 * 1024);
  lease.end();
  expect(pool()).toEqual(UNTOUCHED);
});

test('a response that a middleware writes gets no leased buffers', () => {
  const res = newResponse();
  res.write = (): boolean => true;
  const lease = new ReadLease(res);
  expect(lease.buffers).toBeUndefined();
  expect(pool()).toEqual(UNTOUCHED);
  lease.release(Buffer.alloc(1));
  lease.end();
  expect(pool()).toEqual(UNTOUCHED);
});
