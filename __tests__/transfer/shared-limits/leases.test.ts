import type { LimitStore } from '../../../lib/index';
import { Lease, Leases } from '../../../lib/transfer/shared-limits/leases';
import type { Waiting } from '../../../lib/transfer/shared-limits/store-health';
import { memoryStore } from '../../support/limit-stores';

const waiting: Waiting = { signal: new AbortController().signal, onAborted: () => () => undefined };

function leasesIn(store: LimitStore): Leases {
  return Leases.of({ store, leaseMs: 30_000, timeoutMs: 500, whenUnavailable: 'allow' });
}

async function held(leases: Leases, id: string, key = 'total'): Promise<Lease> {
  const lease = new Lease({ key, id });
  await leases.acquire(lease, 1_000, waiting);
  leases.hold(lease);
  return lease;
}

let printed: jest.SpyInstance;
beforeEach(() => {
  jest.useFakeTimers();
  printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.useRealTimers();
  printed.mockRestore();
});

it('one timer renews all leases of a store in one call, as long as they are held', async () => {
  const store = memoryStore();
  expect(leasesIn(store)).toBe(leasesIn(store));
  const leases = leasesIn(store);
  const all: Lease[] = [];
  for (let id = 0; id < 50; id += 1) all.push(await held(leases, `${id}`, `tenant:${id % 3}`));
  expect(jest.getTimerCount()).toBe(1);
  // A download that takes six hours.
  await jest.advanceTimersByTimeAsync(6 * 3_600_000);
  const renewals = store.calls.filter(([name]) => name === 'renew');
  expect(renewals).toHaveLength((6 * 3_600) / 10);
  expect(new Set(renewals.map(([, places]) => places))).toEqual(new Set([50]));
  for (const lease of all) leases.release(lease);
  await jest.advanceTimersByTimeAsync(0);
  expect(jest.getTimerCount()).toBe(0);
  expect([0, 1, 2].map((tenant) => store.count(`tenant:${tenant}`))).toEqual([0, 0, 0]);
});

it('a place that was lost is taken again with the next renewal', async () => {
  const store = memoryStore();
  const leases = leasesIn(store);
  const lease = await held(leases, 'a');
  store.clear();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(store.count('total')).toBe(1);
  leases.release(lease);
});

it('leases are renewed at once when the store responds again', async () => {
  let isAway = false;
  const store = memoryStore({ acquire: () => (isAway ? Promise.reject(new Error('away')) : true) });
  const leases = leasesIn(store);
  const lease = await held(leases, 'a');
  isAway = true;
  await expect(held(leases, 'b')).rejects.toThrow('away');
  isAway = false;
  store.clear();
  const next = await held(leases, 'c');
  await jest.advanceTimersByTimeAsync(0);
  expect(store.taken.get('total')).toEqual(new Set(['a']));
  leases.release(lease);
  leases.release(next);
});

it('a release that fails is tried again until the lease has expired', async () => {
  let releases = 0;
  const store = memoryStore({
    release: () => {
      releases += 1;
      return Promise.reject(new Error('away'));
    },
  });
  const leases = leasesIn(store);
  leases.release(await held(leases, 'a'));
  await jest.advanceTimersByTimeAsync(300_000);
  expect(releases).toBe(3);
  expect(jest.getTimerCount()).toBe(0);
});

it('a place is released again where a renewal was under way', async () => {
  let endRenewal = (): void => undefined;
  const store = memoryStore({
    renew: () =>
      new Promise<void>((resolve) => {
        endRenewal = resolve;
      }),
  });
  const leases = leasesIn(store);
  const lease = await held(leases, 'a');
  await jest.advanceTimersByTimeAsync(10_000);
  leases.release(lease);
  await jest.advanceTimersByTimeAsync(0);
  endRenewal();
  await jest.advanceTimersByTimeAsync(0);
  expect(store.calls.map(([name]) => name)).toEqual(['acquire', 'renew', 'release', 'release']);
  expect(jest.getTimerCount()).toBe(0);
});

it('a renewal that never settles is followed by another when a lease has passed', async () => {
  const store = memoryStore({ renew: () => new Promise(() => undefined) });
  const leases = leasesIn(store);
  const lease = await held(leases, 'a');
  await jest.advanceTimersByTimeAsync(69_000);
  expect(store.calls.filter(([name]) => name === 'renew')).toHaveLength(2);
  expect(printed.mock.calls.flat()).toEqual([expect.stringMatching(/renew\(\) has not settled within 10000 ms/)]);
  leases.release(lease);
});

it('a renewal whose response waits to be read is not reported as late', async () => {
  // Immediates stay real: they run after the responses are read that have arrived while the event loop was blocked.
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  let respond = (): void => undefined;
  const store = memoryStore({
    renew: () =>
      new Promise<void>((resolve) => {
        respond = resolve;
      }),
  });
  const leases = leasesIn(store);
  const lease = await held(leases, 'a');
  // Two ticks without a turn of the event loop: a renewal, and the one that finds it pending.
  jest.advanceTimersByTime(20_000);
  expect(store.calls.map(([name]) => name)).toEqual(['acquire', 'renew']);
  respond();
  await new Promise(setImmediate);
  expect(printed).not.toHaveBeenCalled();
  leases.release(lease);
});

it('an outage is one line a minute on standard error, without secrets', async () => {
  const store = memoryStore({
    acquire: () => Promise.reject(new Error('WRONGPASS for Bearer sk-secret-0123456789')),
  });
  const leases = leasesIn(store);
  for (let count = 0; count < 100; count += 1) {
    await expect(held(leases, `${count}`)).rejects.toThrow();
    await jest.advanceTimersByTimeAsync(600);
  }
  expect(printed.mock.calls).toEqual([
    [
      'express-file-content: the store of "limits" is unavailable, so this process counts its own transfers alone: ' +
        'Error: WRONGPASS for [redacted]',
    ],
  ]);
});
