import { createFileContent } from '../../lib/index';
import { redisLimits } from '../../lib/integrations/redis';
import { parseOptions } from '../../lib/options/parse-options';
import { pollute } from '../support/pollution';

const working = { acquire: () => true, renew: () => undefined, release: () => undefined };

class ClassStore {
  readonly leaseMs = 5_000;
  acquire(): boolean {
    return true;
  }
  renew(): void {}
  release(): void {}
}

describe('limits.store', () => {
  it('has the documented defaults, and takes undefined for left out', () => {
    const store = { ...working, leaseMs: undefined, timeoutMs: undefined, whenUnavailable: undefined };
    for (const given of [working, { ...store, onReconnect: undefined }]) {
      expect(parseOptions({ limits: { maxConcurrent: 1, store: given } }).limitStore).toEqual({
        store: given,
        leaseMs: 30_000,
        timeoutMs: 500,
        whenUnavailable: 'allow',
      });
    }
    expect(parseOptions({ limits: { store: undefined } }).limitStore).toBeUndefined();
  });

  it('may be an instance of a class', () => {
    const { limitStore } = parseOptions({ limits: { maxConcurrent: 1, store: new ClassStore() } });
    expect(limitStore).toMatchObject({ leaseMs: 5_000 });
  });

  it('shortens the time that a request waits to the lease', () => {
    const { limitStore } = parseOptions({ limits: { maxConcurrent: 1, store: { ...working, leaseMs: 200 } } });
    expect(limitStore).toMatchObject({ leaseMs: 200, timeoutMs: 200 });
  });

  it.each([
    ['a client of Redis', { evalsha: () => 1, eval: () => 1 }, /for Redis write redisLimits\(client\), got an object/],
    ['a function', () => true, /"limits\.store" must be an object with the functions .* got a function/],
    ['null', null, /"limits\.store" must be left out or have a value, got null/],
    ['a store without renew', { ...working, renew: undefined }, /with the functions "acquire", "renew" and "release"/],
    [
      'a misspelt member',
      { ...working, leaseMS: 1 },
      /"limits\.store\.leaseMS"\. Did you mean `limits\.store\.leaseMs`/,
    ],
    [
      'a short lease',
      { ...working, leaseMs: 50 },
      /"limits\.store\.leaseMs" must be an integer from 100 to 2147483647/,
    ],
    ['a timeout of 0', { ...working, timeoutMs: 0 }, /"limits\.store\.timeoutMs" must be an integer from 1/],
    [
      'a timeout over the lease',
      { ...working, leaseMs: 200, timeoutMs: 300 },
      /timeoutMs" must be at most "leaseMs" \(200\), got number 300/,
    ],
    [
      'another policy',
      { ...working, whenUnavailable: 'alow' },
      /'allow' or 'refuse', got a string\. Did you mean 'allow'/,
    ],
    [
      'an onReconnect that is not a function',
      { ...working, onReconnect: true },
      /onReconnect" must be a function, got a boolean/,
    ],
  ])('refuses %s', (_what, store, message) => {
    expect(() => createFileContent({ limits: { maxConcurrent: 1, store: store as typeof working } })).toThrow(message);
  });

  it('refuses a store that has nothing to count', () => {
    expect(() => createFileContent({ limits: { maxBytes: 1, store: working } })).toThrow(
      /"limits\.store" has nothing to count; write "maxConcurrent" or "maxConcurrentPerTenant" as well\. See .*#conflicting/,
    );
  });
});

it('names on Object.prototype are neither settings, nor functions of a store or a client', () => {
  const call = async (): Promise<number> => 1;
  using _polluted = pollute({
    ...{ store: working, leaseMs: 1, timeoutMs: -1, whenUnavailable: 'refuse', onReconnect: true, prefix: 1 },
    ...{ acquire: call, renew: call, release: call, evalSha: call, evalsha: call, eval: call, on: 1 },
  });
  expect(parseOptions({ limits: { maxConcurrent: 1 } }).limitStore).toBeUndefined();
  expect(parseOptions({ limits: { maxConcurrent: 1, store: { ...working } } }).limitStore).toMatchObject({
    leaseMs: 30_000,
    timeoutMs: 500,
    whenUnavailable: 'allow',
  });
  expect(() => parseOptions({ limits: { maxConcurrent: 1, store: {} as typeof working } })).toThrow(/"limits\.store"/);
  expect(() => redisLimits({} as Parameters<typeof redisLimits>[0])).toThrow(/"client"/);
  expect(redisLimits({ evalsha: call, eval: call }).leaseMs).toBe(30_000);
});

describe('redisLimits', () => {
  const client = { evalsha: async () => 1, eval: async () => 1 };

  it('is a store with the documented defaults', () => {
    expect(redisLimits(client)).toMatchObject({ leaseMs: 30_000, timeoutMs: 500, whenUnavailable: 'allow' });
    expect(redisLimits(client, { prefix: undefined, leaseMs: undefined })).toMatchObject({ leaseMs: 30_000 });
  });

  it.each([
    ['no client', undefined, {}, /^redisLimits: "client" must be a client of "ioredis" or "redis", got undefined/],
    ['a URL', 'redis://127.0.0.1', {}, /"client" must be a client .* got a string/],
    ['a connection without scripts', { get: () => 1 }, {}, /"client" must be a client .* got an object/],
    ['an unknown option', client, { leasMs: 1 }, /unknown option "leasMs"\. Did you mean `leaseMs`\?/],
    ['an empty prefix', client, { prefix: '' }, /"prefix" must be a non-empty string, got an empty string/],
    ['a lease that is not an integer', client, { leaseMs: 1.5 }, /"leaseMs" must be an integer from 100/],
    ['a timeout over the lease', client, { timeoutMs: 40_000 }, /"timeoutMs" must be at most "leaseMs" \(30000\)/],
    ['another policy', client, { whenUnavailable: 'open' }, /"whenUnavailable" must be 'allow' or 'refuse'/],
  ])('refuses %s', (_what, given, options, message) => {
    expect(() => redisLimits(given as typeof client, options as object)).toThrow(message);
  });
});
