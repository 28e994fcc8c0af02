import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { createClient as createClient5 } from 'redis5';
import { type RedisClient, redisLimits } from '../../../lib/integrations/redis';
import { startGateway } from '../../support/gateway';
import { startHeldProvider } from '../../support/held-provider';
import { eventually } from '../../support/leaks';
import { connectRaw, rawRequest, requestBytes } from '../../support/raw-client';
import { describeWithRedis, startRedis } from '../../support/redis-server';

const strategy = (): number => 20;

/** Begins to connect, as an application does that does not wait for Redis. */
const CLIENTS: readonly (readonly [string, (path: string) => { client: RedisClient; end(): void }])[] = [
  [
    'ioredis',
    (path) => {
      const client = new Redis({ path, retryStrategy: strategy });
      client.on('error', () => undefined);
      return { client, end: () => client.disconnect() };
    },
  ],
  [
    'redis',
    (path) => {
      const client = createClient({ socket: { path, reconnectStrategy: strategy } });
      client.on('error', () => undefined);
      client.connect().catch(() => undefined);
      return { client, end: () => client.destroy() };
    },
  ],
  [
    'redis 5',
    (path) => {
      const client = createClient5({ socket: { path, reconnectStrategy: strategy } });
      client.on('error', () => undefined);
      client.connect().catch(() => undefined);
      return { client, end: () => client.destroy() };
    },
  ],
];

describeWithRedis('a gateway that is started while Redis is away', () => {
  it.each(CLIENTS)('serves, and counts as soon as Redis is there, with a client of %s', async (_name, begin) => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    await using server = await startRedis();
    await server.kill();
    const { client, end } = begin(server.path);
    await using provider = await startHeldProvider();
    const store = redisLimits(client, { timeoutMs: 50 });
    await using gateway = await startGateway({ upstream: provider.origin, limits: { maxConcurrent: 1, store } });
    const download = await connectRaw(gateway.port);
    download.send(requestBytes());
    await eventually('the provider is requested', () => provider.inFlight === 1);
    await server.start();
    const taken = (): string => server.command('ZCARD', 'file-content:limits:total');
    await eventually('the place is taken', () => taken() === '1');
    expect((await rawRequest(gateway.port)).response.status).toBe(503);
    provider.release();
    expect((await download.result()).response.status).toBe(200);
    await eventually('the place is free', () => taken() === '0');
    const records = await gateway.recorded(2);
    expect(records.map(({ status, limitsUnchecked }) => [status, limitsUnchecked])).toEqual([
      [503, undefined],
      [200, true],
    ]);
    end();
    printed.mockRestore();
  });
});
