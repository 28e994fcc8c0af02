import { openaiCompatible, type ProviderResolver } from '../../../lib/index';
import { startGateway } from '../../support/gateway';
import { eventually, expectReleased, takeBaseline } from '../../support/leaks';
import { memoryStore } from '../../support/limit-stores';
import { connectRaw, rawRequest, requestBytes } from '../../support/raw-client';
import { answer, startRawProvider } from '../../support/raw-provider';

/** A provider that sends no response before it is told to, and a resolver for it. */
async function heldProvider(tenant?: string) {
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>();
  const provider = await startRawProvider(async ({ send }) => {
    await isOpen;
    await send(answer('content'));
  });
  const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
  const resolveProvider: ProviderResolver = () => ({ provider: held, ...(tenant && { tenant }) });
  return { provider, open, resolveProvider, [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose]() };
}

describe('routers that share a store', () => {
  it.each([
    ['maxConcurrent', undefined, 503, 'overloaded'],
    ['maxConcurrentPerTenant', 'acme', 429, 'rate_limited'],
  ])('count together: %s', async (limit, tenant, status, code) => {
    await using held = await heldProvider(tenant);
    const store = memoryStore();
    const options = { resolveProvider: held.resolveProvider, limits: { [limit]: 2, store } };
    await using first = await startGateway(options);
    await using second = await startGateway(options);
    using one = await connectRaw(first.port);
    using two = await connectRaw(second.port);
    for (const client of [one, two]) client.send(requestBytes());
    await held.provider.requestsReceived(2);
    for (const { port } of [first, second]) {
      const { response } = await rawRequest(port);
      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toEqual(['1']);
      expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code } });
    }
    held.open();
    expect((await one.result()).response.status).toBe(200);
    expect((await two.result()).response.status).toBe(200);
    await eventually('both places are free', () => [...store.taken.values()].every(({ size }) => size === 0));
    expect((await rawRequest(first.port)).response.status).toBe(200);
  });

  it('ask it for nothing that has no limit, and name transfers as the records do', async () => {
    await using held = await heldProvider('acme');
    held.open();
    const asked: string[] = [];
    const store = memoryStore({ acquire: ({ key, id }) => asked.push(`${key} ${id}`) > 0 });
    await using gateway = await startGateway({
      resolveProvider: held.resolveProvider,
      limits: { maxConcurrentPerTenant: 5, store },
    });
    await rawRequest(gateway.port);
    const [record] = await gateway.recorded(1);
    expect(asked).toEqual([`tenant:acme ${record?.transferId}`]);
    expect(record).not.toHaveProperty('limitsUnchecked');
  });

  it('do not ask it over the limit of their own transfers', async () => {
    await using held = await heldProvider();
    const store = memoryStore();
    await using gateway = await startGateway({
      resolveProvider: held.resolveProvider,
      limits: { maxConcurrent: 1, store },
    });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await held.provider.requestsReceived(1);
    expect((await rawRequest(gateway.port)).response.status).toBe(503);
    expect(store.calls).toEqual([['acquire', 1]]);
    held.open();
  });

  it('free the places of declined requests', async () => {
    const store = memoryStore();
    await using gateway = await startGateway({
      resolveProvider: () => undefined,
      limits: { maxConcurrent: 1, store },
    });
    for (const _again of [1, 2]) expect((await rawRequest(gateway.port)).response.status).toBe(404);
    await eventually('the place is free', () => store.count('total') === 0);
  });

  it('count what serve() and open() deliver', async () => {
    await using held = await heldProvider('acme');
    const store = memoryStore();
    await using gateway = await startGateway({
      limits: { maxConcurrentPerTenant: 1, store },
      before: [
        (req, res, next) => {
          if (req.path !== '/mine') return next();
          void gateway.files.serve(req, res, target);
        },
      ],
    });
    const provider = openaiCompatible({ name: 'held', baseURL: `${held.provider.origin}/v1` });
    const target = { provider, fileId: 'file-1', tenant: 'acme' };
    const opening = gateway.files.open(target);
    await held.provider.requestsReceived(1);
    expect(store.count('tenant:acme')).toBe(1);
    expect((await rawRequest(gateway.port, { path: '/mine' })).response.status).toBe(429);
    held.open();
    const opened = await opening;
    opened.body.resume();
    await opened.record;
    await eventually('the place is free', () => store.count('tenant:acme') === 0);
  });
});

describe('close()', () => {
  it('waits until the places are released', async () => {
    await using held = await heldProvider();
    let release = (): void => undefined;
    const store = memoryStore({
      release: () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    });
    await using gateway = await startGateway({
      resolveProvider: held.resolveProvider,
      limits: { maxConcurrent: 1, store },
    });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await held.provider.requestsReceived(1);
    let isClosed = false;
    const closed = gateway.files.close({ graceMs: 0 }).then(() => {
      isClosed = true;
    });
    await gateway.recorded(1);
    await eventually('the place is being released', () => store.calls.some(([name]) => name === 'release'));
    expect(isClosed).toBe(false);
    release();
    await closed;
  });

  it('releases the place of a callback that ignores its signal, and does not wait for a store that hangs', async () => {
    const store = memoryStore({ release: () => new Promise(() => undefined), timeoutMs: 20 });
    let end = (): void => undefined;
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    await using gateway = await startGateway({
      resolveProvider: () =>
        new Promise<undefined>((resolve) => {
          end = () => resolve(undefined);
        }),
      limits: { maxConcurrent: 1, store },
    });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await eventually('the resolver runs', () => store.count('total') === 1);
    await gateway.files.close({ graceMs: 0 });
    expect(store.calls).toEqual([
      ['acquire', 1],
      ['release', 1],
    ]);
    expect(printed.mock.calls.flat().join()).toMatch(/release\(\) has not settled within 20 ms/);
    printed.mockRestore();
    end();
  });
});

it('no timer outlives the transfers', async () => {
  await using held = await heldProvider();
  held.open();
  const baseline = await takeBaseline();
  const gateway = await startGateway({
    resolveProvider: held.resolveProvider,
    limits: { maxConcurrent: 5, store: memoryStore() },
  });
  await rawRequest(gateway.port);
  await gateway.files.close();
  await gateway.close();
  await expectReleased(baseline);
});
