// What a store for `limits` must do. Call it in your tests with a store that is connected to a real server.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitStore } from 'express-file-content';

const LONG = 60_000;
const SHORT = 200;

/** @throws AssertionError that says which rule the store breaks */
export async function testLimitStore(store: LimitStore): Promise<void> {
  const key = `tenant:${randomUUID()}`;
  const place = (id: number) => ({ key, id: `${id}` });
  const acquire = (id: number, limit: number, leaseMs = LONG) => store.acquire(place(id), { limit, leaseMs });

  const granted = await Promise.all(Array.from({ length: 100 }, (_, id) => acquire(id, 10)));
  assert.equal(granted.filter(Boolean).length, 10, 'exactly the limit, however many ask at once');
  const taken = granted.indexOf(true);
  const refused = granted.indexOf(false);
  assert.equal(await acquire(taken, 10), true, 'a place that is taken can be taken again');
  assert.equal(await acquire(refused, 10), false, 'and counts once');

  await store.release([place(taken)]);
  await store.release([place(taken), place(1_000)]);
  assert.equal(await acquire(refused, 10), true, 'a released place is free, and may be released twice');

  await store.renew([place(taken)], { leaseMs: LONG });
  assert.equal(await acquire(1_000, 11), false, 'a renewal takes a lost place, whatever the limit');
  assert.equal(await acquire(1_000, 12), true, 'and takes one place only');

  await store.release(Array.from({ length: 1_001 }, (_, id) => place(id)));
  assert.equal(await acquire(1, 1, SHORT), true, 'all places are free when all are released');
  await delay(2 * SHORT);
  assert.equal(await acquire(2, 1), true, 'a place that is not renewed expires');
  await store.release([place(2)]);
}
