import { openaiCompatible, type ProviderResolver } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { DELIVERIES } from '../support/fault-row';
import { type Gateway, startGateway } from '../support/gateway';
import { eventually } from '../support/leaks';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';

type Ask = (gateway: Gateway, provider: RawProvider) => Promise<unknown>;

const read: Ask = ({ port }) => rawRequest(port);

/** Asks, waits for `received` to arrive, and leaves. */
function leave(received: string): Ask {
  return async ({ port }, provider) => {
    using client = await connectRaw(port);
    client.send(requestBytes());
    await provider.requestsReceived(1);
    await client.until((bytes) => bytes.includes(received));
    client.rst();
  };
}

const endings: readonly (readonly [string, RawScript, Ask])[] = [
  ['completed', ({ send }) => send(answer('content')), read],
  ['was refused by the provider', ({ send }) => send(answer('no', [], '404 Not Found')), read],
  ['was reset by the provider', ({ rst }) => rst(), read],
  [
    'was cut by the provider',
    async ({ send, fin }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
      fin();
    },
    read,
  ],
  ['was invalid', ({ send }) => send('HTTP/1.1 099 What\r\n\r\n'), read],
  ['had no answer in time', () => undefined, read],
  ['was too large', ({ send }) => send(answer('x'.repeat(2_000))), read],
  ['lost its client before the headers', () => undefined, leave('')],
];

describe.each(DELIVERIES)('a place is free again after a transfer that (%s)', (delivery) => {
  it.each(endings)('%s', async (_name, script, ask) => {
    await using provider = await startRawProvider((exchange) =>
      exchange.head.includes('file-next') ? exchange.send(answer('content')) : script(exchange),
    );
    const target = openaiCompatible({ name: 'raw', baseURL: `${provider.origin}/v1`, apiKey: PROVIDER_KEY });
    await using gateway = await startGateway({
      resolveProvider: () => ({ provider: target, delivery, tenant: 'tenant-1' }),
      limits: { maxConcurrent: 1, maxConcurrentPerTenant: 1, maxBytes: 1_000 },
      timeouts: { headers: 800 },
    });
    await ask(gateway, provider);
    await gateway.recorded(1);
    const { response } = await rawRequest(gateway.port, { path: '/v1/files/file-next/content' });
    expect(response.status).toBe(200);
  });
});

const resolvers: readonly (readonly [string, ProviderResolver])[] = [
  ['declines', () => undefined],
  ['throws', () => Promise.reject(new Error('resolver'))],
];

it.each(resolvers)('a place is free again after a resolver that %s', async (_name, resolver) => {
  await using provider = await startRawProvider(({ send }) => send(answer('content')));
  const target = openaiCompatible({ name: 'raw', baseURL: `${provider.origin}/v1`, apiKey: PROVIDER_KEY });
  let isFirst = true;
  await using gateway = await startGateway({
    resolveProvider: (req, context) => {
      if (!isFirst) return target;
      isFirst = false;
      return resolver(req, context);
    },
    limits: { maxConcurrent: 1 },
  });
  await rawRequest(gateway.port);
  const { response } = await rawRequest(gateway.port);
  expect(response.status).toBe(200);
});

describe('over a limit', () => {
  async function holdOne(
    tenants: readonly string[],
    limits: { maxConcurrent?: number; maxConcurrentPerTenant?: number },
  ) {
    const provider = await startRawProvider(({ head, send }) =>
      head.includes('file-held') ? undefined : send(answer('content')),
    );
    const target = openaiCompatible({ name: 'raw', baseURL: `${provider.origin}/v1`, apiKey: PROVIDER_KEY });
    const waiting = [...tenants];
    const gateway = await startGateway({
      resolveProvider: () => ({ provider: target, tenant: waiting.shift() ?? 'last' }),
      limits,
    });
    const holder = await connectRaw(gateway.port);
    holder.send(requestBytes({ path: '/v1/files/file-held/content' }));
    await provider.requestsReceived(1);
    return {
      gateway,
      holder,
      async [Symbol.asyncDispose]() {
        holder.destroy();
        await gateway.close();
        await provider.close();
      },
    };
  }

  it('of the router, a client gets a 503 with Retry-After', async () => {
    await using held = await holdOne(['a', 'b'], { maxConcurrent: 1 });
    const { response } = await rawRequest(held.gateway.port);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after')?.[0])).toBeGreaterThan(0);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'overloaded' } });
    expect(response.headers.has('x-should-retry')).toBe(false);
    held.holder.destroy();
    await eventually('the held transfer has its record', () => held.gateway.records.length === 2);
    expect((await rawRequest(held.gateway.port)).response.status).toBe(200);
  });

  it('of a tenant, that tenant gets a 429 with Retry-After and another is served', async () => {
    await using held = await holdOne(['a', 'a', 'b'], { maxConcurrentPerTenant: 1 });
    const { response } = await rawRequest(held.gateway.port);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after')?.[0])).toBeGreaterThan(0);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'rate_limited' } });
    expect((await rawRequest(held.gateway.port)).response.status).toBe(200);
  });
});
