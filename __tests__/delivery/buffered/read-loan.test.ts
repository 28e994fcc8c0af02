import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Response } from 'express';
import { ReadLoan } from '../../../lib/delivery/buffered/read-loan';
import { diskPool } from '../../../lib/delivery/relay/disk-pool';

function newResponse(): Response {
  // What Express makes of it is not looked at.
  return new ServerResponse(new IncomingMessage(new Socket())) as Response;
}

function pool(): object {
  return { lent: diskPool.lentBytes, members: diskPool.members };
}

const UNTOUCHED = { lent: 0, members: 0 };

function take(loan: ReadLoan, length: number): Buffer {
  if (loan.lender === undefined) throw new Error('nothing is lent');
  return loan.lender.take(length);
}

test('what is taken is lent until it comes back, whatever part of it does', () => {
  const loan = new ReadLoan(newResponse());
  expect(pool()).toEqual({ lent: 0, members: 1 });
  const [first, second] = [take(loan, 100_000), take(loan, 100_000)];
  expect(pool()).toEqual({ lent: first.length + second.length, members: 1 });
  loan.giveBack(first.subarray(5, 10));
  expect(diskPool.lentBytes).toBe(second.length);
  loan.giveBack(first.subarray(5, 10));
  loan.giveBack(Buffer.alloc(10));
  expect(diskPool.lentBytes).toBe(second.length);
  loan.giveBack(second);
  expect(take(loan, 100_000)).toBe(second);
  loan.end();
  expect(pool()).toEqual(UNTOUCHED);
});

test('buffers that were not returned at the end are not lent again', () => {
  const loan = new ReadLoan(newResponse());
  const other = new ReadLoan(newResponse());
  const lost = take(loan, 100_000);
  loan.end();
  loan.giveBack(lost);
  expect(pool()).toEqual({ lent: 0, members: 1 });
  expect(take(other, 100_000)).not.toBe(lost);
  other.end();
  expect(pool()).toEqual(UNTOUCHED);
});

test('a read that comes after the end is lent nothing', () => {
  const loan = new ReadLoan(newResponse());
  loan.end();
  expect(take(loan, 1_000)).toHaveLength(1_000);
  expect(pool()).toEqual(UNTOUCHED);
});

test('one reads 256 KiB at a time, less when many wait for their clients', () => {
  const loan = new ReadLoan(newResponse());
  expect(loan.lender?.readSize()).toBe(256 * 1024);
  const others = Array.from({ length: 100 }, () => new ReadLoan(newResponse()));
  for (const other of others) other.lender?.take(256 * 1024);
  expect(loan.lender?.readSize()).toBeLessThan(256 * 1024);
  for (const other of others) other.end();
  expect(loan.lender?.readSize()).toBe(256 * 1024);
  loan.end();
  expect(pool()).toEqual(UNTOUCHED);
});

test('to a response that a middleware writes nothing is lent', () => {
  const res = newResponse();
  res.write = (): boolean => true;
  const loan = new ReadLoan(res);
  expect(loan.lender).toBeUndefined();
  expect(pool()).toEqual(UNTOUCHED);
  loan.giveBack(Buffer.alloc(1));
  loan.end();
  expect(pool()).toEqual(UNTOUCHED);
});
