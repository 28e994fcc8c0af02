import { type RedisLimitsOptions, redisLimits } from '../../../lib/integrations/redis';
import { startGateway } from '../../support/gateway';
import { startHeldProvider } from '../../support/held-provider';
import { eventually } from '../../support/leaks';
import { connectRaw, rawRequest, requestBytes } from '../../support/raw-client';
import { describeWithRedis, REDIS_CLIENTS, type RedisServer, startRedis } from '../../support/redis-server';

const KEY = 'file-content:limits:total';

let printed: jest.SpyInstance;
beforeEach(() => {
  printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => printed.mockRestore());

/** How many places are taken in Redis. */
function taken(server: RedisServer): number {
  return Number(server.command('ZCARD', KEY));
}

describeWithRedis('an outage of Redis', () => {
  // One of each library: their majors differ in nothing that matters here.
  const clients = REDIS_CLIENTS.filter(([name]) => name === 'ioredis' || name === 'redis 5');
  describe.each(clients)('with a client of %s', (_name, connect) => {
    async function begin(options: RedisLimitsOptions = {}, maxConcurrent = 2) {
      const server = await startRedis();
      const connected = await connect(server.path);
      const provider = await startHeldProvider();
      const store = redisLimits(connected.client, options);
      const gateway = await startGateway({ upstream: provider.origin, limits: { maxConcurrent, store } });
      return {
        server,
        provider,
        gateway,
        /** Begins a download that lasts until the provider is released. */
        async hold() {
          const client = await connectRaw(gateway.port);
          const before = provider.inFlight;
          client.send(requestBytes());
          await eventually('the provider is requested', () => provider.inFlight > before);
          return client;
        },
        async [Symbol.asyncDispose]() {
          server.resume();
          await gateway[Symbol.asyncDispose]();
          await provider[Symbol.asyncDispose]();
          connected[Symbol.dispose]();
          await server[Symbol.asyncDispose]();
        },
      };
    }

    it('a server that was killed: downloads go on, and count again as soon as it is back', async () => {
      await using place = await begin({ timeoutMs: 100 });
      const { server, provider, gateway } = place;
      const first = await place.hold();
      expect(taken(server)).toBe(1);
      await server.kill();
      const second = await place.hold();
      // The process still keeps the limit for its own transfers.
      expect((await rawRequest(gateway.port)).response.status).toBe(503);
      await server.start();
      // The leases last 30 seconds: these are not renewed in their turn.
      await eventually('both places are taken again', () => taken(server) === 2);
      provider.release();
      expect((await first.result()).response.status).toBe(200);
      expect((await second.result()).response.status).toBe(200);
      await eventually('the places are free', () => taken(server) === 0);
      const records = await gateway.recorded(3);
      expect(records.map(({ limitsUnchecked }) => limitsUnchecked)).toEqual([undefined, undefined, true]);
    });

    it('a server that was restarted while nothing was asked of it: places are taken again at once', async () => {
      await using place = await begin();
      const client = await place.hold();
      await place.server.kill();
      await place.server.start();
      await eventually('the place is taken again', () => taken(place.server) === 1);
      place.provider.release();
      expect((await client.result()).response.status).toBe(200);
      await eventually('the place is free', () => taken(place.server) === 0);
    });

    it('a server that hangs: downloads go on, and late places are counted and released', async () => {
      await using place = await begin({ timeoutMs: 50 });
      const { server, provider, gateway } = place;
      server.pause();
      const client = await place.hold();
      server.resume();
      await eventually('the place is taken', () => taken(server) === 1);
      provider.release();
      expect((await client.result()).response.status).toBe(200);
      expect(await gateway.recorded(1)).toMatchObject([{ limitsUnchecked: true }]);
      await eventually('the place is free', () => taken(server) === 0);
    });

    it('a server that hangs, where requests are refused: late places are given back', async () => {
      await using place = await begin({ timeoutMs: 50, whenUnavailable: 'refuse' });
      const { server, gateway, provider } = place;
      server.pause();
      for (const _again of [1, 2, 3]) expect((await rawRequest(gateway.port)).response.status).toBe(503);
      expect(provider.most).toBe(0);
      server.resume();
      await eventually('the places are free', () => taken(server) === 0);
      // Until Redis has answered what it was asked before, requests are refused without asking it.
      await eventually('requests are served again', () => {
        void rawRequest(gateway.port).catch(() => undefined);
        return provider.inFlight > 0;
      });
      expect(taken(server)).toBeGreaterThan(0);
      await eventually('the places are free', () => {
        provider.release();
        return taken(server) === 0;
      });
    });

    it('a server that is full: places are still taken and renewed', async () => {
      await using place = await begin({ leaseMs: 300 });
      const { server, provider } = place;
      server.command('CONFIG', 'SET', 'maxmemory', '1');
      const client = await place.hold();
      const [, expiresAt = ''] = server.command('ZRANGE', KEY, '0', '-1', 'WITHSCORES').split('\n');
      await eventually('the place is renewed', () => {
        const [, renewed = ''] = server.command('ZRANGE', KEY, '0', '-1', 'WITHSCORES').split('\n');
        return Number(renewed) > Number(expiresAt) + 400;
      });
      provider.release();
      expect((await client.result()).response.status).toBe(200);
      await eventually('the place is free', () => taken(server) === 0);
    });

    it.each([
      ['is a replica', ['REPLICAOF', '127.0.0.1', '9'], /READONLY/],
      ['has too few replicas', ['CONFIG', 'SET', 'min-replicas-to-write', '1'], /NOREPLICAS/],
      ['has another type at the key', ['SET', KEY, 'text'], /WRONGTYPE/],
    ])('a server that %s', async (_what, command, message) => {
      await using place = await begin({ whenUnavailable: 'refuse' });
      place.server.command(...command);
      expect((await rawRequest(place.gateway.port)).response.status).toBe(503);
      const [record] = await place.gateway.recorded(1);
      expect(record?.error?.cause?.message).toMatch(message);
    });

    it('a server that forgot everything: places are taken again by the next renewal', async () => {
      await using place = await begin({ leaseMs: 900 });
      const { server, provider } = place;
      const clients = [await place.hold(), await place.hold()];
      server.command('FLUSHALL');
      server.command('SCRIPT', 'FLUSH');
      await eventually('both places are taken again', () => taken(server) === 2);
      provider.release();
      for (const client of clients) expect((await client.result()).response.status).toBe(200);
      await eventually('the places are free', () => taken(server) === 0);
    });
  });
});
