import { setTimeout as delay } from 'node:timers/promises';
import { bufferedProvider, openaiCompatible, type Provider, type ProviderResolver } from '../../lib/index';
import { Work } from '../../lib/transfer/work';
import { startGateway } from '../support/gateway';
import { eventually } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

/** Counts callbacks that run at the same time, and lets none of them end before it is told to. */
class Gate {
  active = 0;
  most = 0;
  calls = 0;
  readonly #waiting: (() => void)[] = [];
  isOpen = false;

  readonly pass = async <T>(result: T): Promise<T> => {
    this.active += 1;
    this.calls += 1;
    this.most = Math.max(this.most, this.active);
    if (!this.isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.active -= 1;
    return result;
  };

  open(): void {
    this.isOpen = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

type Make = (gate: Gate, origin: string) => ProviderResolver;

const held = (origin: string): Provider => openaiCompatible({ name: 'held', baseURL: origin });
const content = { body: Buffer.from('content') };

const callbacks: [string, Make][] = [
  ['the resolver', (gate, origin) => () => gate.pass(held(origin))],
  [
    'locate',
    (gate, origin) => () => ({
      name: 'held',
      streaming: true,
      locate: () => gate.pass({ url: `${origin}/files/file-1/content` }),
    }),
  ],
  [
    'a credential function',
    (gate, origin) => () => openaiCompatible({ name: 'held', baseURL: origin, apiKey: () => gate.pass('sk-test-key') }),
  ],
  ['fetchContent', (gate) => () => bufferedProvider({ name: 'held', fetchContent: () => gate.pass(content) })],
  [
    'the body of fetchContent',
    (gate) => () =>
      bufferedProvider({
        name: 'held',
        fetchContent: async () => ({
          body: (async function* body() {
            yield await gate.pass(content.body);
          })(),
        }),
      }),
  ],
  [
    'convert',
    (gate, origin) => () => ({
      name: 'held',
      streaming: false,
      locate: () => ({ url: `${origin}/files/file-1/content` }),
      convert: (given) => gate.pass(given),
    }),
  ],
];

describe.each(callbacks)('a place in `limits` is held until %s has ended', (_name, make) => {
  it.each([
    ['maxConcurrent', { maxConcurrent: 2 }],
    ['maxConcurrentPerTenant', { maxConcurrentPerTenant: 2 }],
  ])('60 clients that leave at once never run more than two: %s', async (limit, limits) => {
    const gate = new Gate();
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    const resolver = make(gate, provider.origin);
    // A tenant is known only after its resolver.
    const isPerTenant = limit === 'maxConcurrentPerTenant';
    if (isPerTenant && _name === 'the resolver') return;
    await using gateway = await startGateway({
      limits,
      resolveProvider: isPerTenant
        ? async (req, context) => ({ provider: (await resolver(req, context)) as Provider, tenant: 'acme' })
        : resolver,
    });
    for (let count = 1; count <= 60; count += 1) {
      const client = await connectRaw(gateway.port);
      client.send(requestBytes());
      await eventually('the request is held or refused', () => {
        return gate.active > 0 && (gate.calls >= count || client.bytes.length > 0);
      });
      client.rst();
      await gateway.recorded(count);
    }
    expect([gate.calls, gate.most]).toEqual([2, 2]);
    gate.open();
    await eventually('both have ended', () => gate.active === 0);
    // Their places are free again: the work has ended, the records have long been written.
    for (const _again of [1, 2, 3]) {
      await new Promise(setImmediate);
      using client = await connectRaw(gateway.port);
      client.send(requestBytes());
      const { response } = await client.result();
      expect(response.status).toBe(200);
      await gateway.recorded(gateway.records.length);
    }
  });
});

describe('Work', () => {
  it('gives a place back a minute after the transfer where a callback never settles, and says so', async () => {
    jest.useFakeTimers();
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      const work = new Work();
      let released = 0;
      work.onOver(() => {
        released += 1;
      });
      void work.track(new Promise(() => undefined));
      work.transferOver();
      jest.advanceTimersByTime(59_999);
      expect(released).toBe(0);
      jest.advanceTimersByTime(1);
      expect(released).toBe(1);
      expect(printed.mock.calls.flat().join()).toMatch(/has not settled 60 s after its transfer ended/);
    } finally {
      printed.mockRestore();
      jest.useRealTimers();
    }
  });

  it('calls `then` of what a callback returned once', async () => {
    let calls = 0;
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: a query builder runs its query when `then` is called
      then(resolve: (value: string) => void) {
        calls += 1;
        resolve('row');
      },
    };
    expect(await new Work().track(lazy as PromiseLike<string>)).toBe('row');
    await delay(0);
    expect(calls).toBe(1);
  });
});
