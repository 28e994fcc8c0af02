import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LimitStore } from '../../../lib/index';
import { StoreHealth } from '../../../lib/transfer/shared-limits/store-health';
import { startGateway } from '../../support/gateway';
import { eventually } from '../../support/leaks';
import { HeldAnswers, memoryStore } from '../../support/limit-stores';
import { pending } from '../../support/pending';
import { connectRaw, rawRequest, requestBytes } from '../../support/raw-client';
import { answer, startRawProvider } from '../../support/raw-provider';

const nonsense = (value: unknown) => () => value as boolean;

const faults: readonly (readonly [string, Partial<LimitStore>, RegExp])[] = [
  [
    'throws',
    {
      acquire: () => {
        throw new Error('no connection');
      },
    },
    /no connection/,
  ],
  ['rejects', { acquire: () => Promise.reject(new Error('no connection')) }, /no connection/],
  ['rejects with undefined', { acquire: () => Promise.reject(undefined) }, /undefined was thrown/],
  ['returns undefined', { acquire: nonsense(undefined) }, /acquire\(\) must return true or false, got undefined/],
  ['returns a number', { acquire: nonsense(1) }, /acquire\(\) must return true or false, got a number/],
  ['resolves to a string', { acquire: nonsense(Promise.resolve('yes')) }, /true or false, got a string/],
  [
    'returns a thenable that throws',
    {
      acquire: nonsense({
        // biome-ignore lint/suspicious/noThenProperty: a store may return anything
        get then() {
          throw new Error('a getter');
        },
      }),
    },
    /a getter/,
  ],
  ['never settles', { acquire: () => pending(), timeoutMs: 30 }, /acquire\(\) has not settled within 30 ms/],
];

let printed: jest.SpyInstance;
beforeEach(() => {
  printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => printed.mockRestore());

// L5: a store that fails harms only its own transfer.
describe.each(faults)('a store that %s', (_name, fault, cause) => {
  it('is passed over by default, which the record says', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({
      upstream: provider.origin,
      limits: { maxConcurrent: 5, store: memoryStore(fault) },
    });
    for (const _again of [1, 2, 3]) expect((await rawRequest(gateway.port)).response.status).toBe(200);
    for (const record of await gateway.recorded(3)) {
      expect(record).toMatchObject({ outcome: 'completed', limitsUnchecked: true });
    }
  });

  it('refuses requests where that is asked for', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({
      upstream: provider.origin,
      limits: { maxConcurrent: 5, store: memoryStore({ ...fault, whenUnavailable: 'refuse' }) },
    });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toEqual(['1']);
    expect(response.body.toString()).not.toMatch(cause);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'rejected', error: { code: 'overloaded' } });
    expect(record?.error?.cause?.message).toMatch(cause);
    expect(provider.requests).toHaveLength(0);
  });
});

it('while the store is unavailable, a process still keeps the limits for its own transfers', async () => {
  await using provider = await startRawProvider(() => undefined);
  await using gateway = await startGateway({
    upstream: provider.origin,
    limits: { maxConcurrent: 1, store: memoryStore({ acquire: () => Promise.reject(new Error('away')) }) },
  });
  using client = await connectRaw(gateway.port);
  client.send(requestBytes());
  await provider.requestsReceived(1);
  expect((await rawRequest(gateway.port)).response.status).toBe(503);
});

it('requests do not wait one after the other for a store that hangs, and it is asked again', async () => {
  const answers = new HeldAnswers();
  await using provider = await startRawProvider(({ send }) => send(answer('content')));
  await using gateway = await startGateway({
    upstream: provider.origin,
    limits: { maxConcurrent: 50, store: memoryStore({ acquire: answers.acquire, timeoutMs: 30 }) },
  });
  await rawRequest(gateway.port);
  for (let count = 0; count < 10; count += 1) await rawRequest(gateway.port);
  expect(answers.asked.length).toBeLessThan(5);
  const before = answers.asked.length;
  // A late response shows that the store is back.
  answers.answer(true);
  const next = rawRequest(gateway.port);
  await eventually('the store is asked', () => answers.asked.length === before + 1);
  answers.answer(true);
  await next;
  const records = await gateway.recorded(12);
  expect(records.at(-2)).toHaveProperty('limitsUnchecked');
  expect(records.at(-1)).not.toHaveProperty('limitsUnchecked');
});

it('a call that never settles keeps no transfer in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const health = new StoreHealth({ store: memoryStore(), leaseMs: 100, timeoutMs: 1, whenUnavailable: 'allow' });
  const calls: Promise<boolean>[] = [];
  const begin = (): [WeakRef<object>, Promise<unknown>] => {
    const abort = new AbortController();
    const transfer = { signal: abort.signal, onAborted: () => () => undefined, body: Buffer.alloc(1_000) };
    calls.push(new Promise(() => undefined));
    const asked = health.inTime('acquire', calls.at(-1) ?? Promise.resolve(false), transfer);
    return [new WeakRef(transfer), asked.catch(() => undefined)];
  };
  const [kept, asked] = begin();
  await asked;
  await new Promise((resolve) => setTimeout(resolve, 0));
  collect();
  expect(kept.deref()).toBeUndefined();
  expect(calls).toHaveLength(1);
});

describe('a place that is granted too late', () => {
  it('is given back where the request was refused', async () => {
    const answers = new HeldAnswers();
    const store = memoryStore({ acquire: answers.acquire, timeoutMs: 20, whenUnavailable: 'refuse' });
    await using gateway = await startGateway({ limits: { maxConcurrent: 5, store } });
    expect((await rawRequest(gateway.port)).response.status).toBe(503);
    await gateway.recorded(1);
    expect(store.calls).toEqual([['acquire', 1]]);
    answers.answer(true);
    await eventually('it is released', () => store.calls.some(([name]) => name === 'release'));
  });

  it('is given back where the client has left, and no provider is requested', async () => {
    const answers = new HeldAnswers();
    const store = memoryStore({ acquire: answers.acquire });
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({ upstream: provider.origin, limits: { maxConcurrent: 5, store } });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await eventually('the store is asked', () => answers.asked.length === 1);
    client.rst();
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status: 499 }]);
    expect(store.calls).toEqual([['acquire', 1]]);
    answers.answer(true);
    await eventually('it is released', () => store.calls.some(([name]) => name === 'release'));
    expect(provider.requests).toHaveLength(0);
  });

  it('is not released where the store refuses it', async () => {
    const answers = new HeldAnswers();
    const store = memoryStore({ acquire: answers.acquire });
    await using gateway = await startGateway({ limits: { maxConcurrent: 5, store } });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await eventually('the store is asked', () => answers.asked.length === 1);
    client.rst();
    await gateway.recorded(1);
    answers.answer(false);
    await new Promise(setImmediate);
    expect(store.calls).toEqual([['acquire', 1]]);
  });

  it('counts for a transfer that was allowed, until that ends', async () => {
    const answers = new HeldAnswers();
    const store = memoryStore({ acquire: answers.acquire, timeoutMs: 20 });
    let end = (): void => undefined;
    await using provider = await startRawProvider(async ({ send }) => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      await send(answer('content'));
    });
    await using gateway = await startGateway({ upstream: provider.origin, limits: { maxConcurrent: 5, store } });
    const response = rawRequest(gateway.port);
    await provider.requestsReceived(1);
    answers.answer(true);
    await new Promise(setImmediate);
    expect(store.calls.filter(([name]) => name === 'release')).toEqual([]);
    end();
    await response;
    await eventually('it is released', () => store.calls.some(([name]) => name === 'release'));
  });
});
