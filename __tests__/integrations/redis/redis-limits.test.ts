import { randomUUID } from 'node:crypto';
import { createFileContent } from '../../../lib/index';
import { redisLimits } from '../../../lib/integrations/redis';
import { eventually, watchProcess } from '../../support/leaks';
import { describeWithRedis, REDIS_CLIENTS, type RedisServer, startRedis } from '../../support/redis-server';

const LEASE = { leaseMs: 60_000 };

describeWithRedis('redisLimits', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => void server.command('FLUSHALL'));

  describe.each(REDIS_CLIENTS)('with a client of %s', (_name, connect) => {
    it('grants as many places as the limit, and a released one again', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client);
      const acquire = (id: string) => store.acquire({ key: 'total', id }, { limit: 2, ...LEASE });
      expect([await acquire('a'), await acquire('b'), await acquire('c')]).toEqual([true, true, false]);
      await store.release([{ key: 'total', id: 'a' }]);
      expect([await acquire('c'), await acquire('a')]).toEqual([true, false]);
    });

    it('grants exactly the limit to several hundred requests at once', async () => {
      using connected = await connect(server.path);
      using other = await connect(server.path);
      const stores = [redisLimits(connected.client), redisLimits(other.client)];
      const answers = await Promise.all(
        Array.from({ length: 400 }, (_, index) =>
          stores[index % 2]?.acquire({ key: 'total', id: randomUUID() }, { limit: 37, ...LEASE }),
        ),
      );
      expect(answers.filter(Boolean)).toHaveLength(37);
    });

    it('counts each tenant by itself', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client);
      const long = 'x'.repeat(10_000);
      for (const tenant of ['a', 'b', '__proto__', '{a}', 'a b\n', '\u{1F600}', '\ud800', '\udbff', long, `${long}y`]) {
        const acquire = (id: string) => store.acquire({ key: `tenant:${tenant}`, id }, { limit: 1, ...LEASE });
        expect([tenant.slice(0, 20), await acquire('a'), await acquire('b')]).toEqual([
          tenant.slice(0, 20),
          true,
          false,
        ]);
      }
    });

    it('drops a place that is not renewed, by the clock of Redis', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client);
      const acquire = (id: string) => store.acquire({ key: 'total', id }, { limit: 1, leaseMs: 1_000 });
      expect(await acquire('a')).toBe(true);
      expect(await acquire('b')).toBe(false);
      // As if the lease had been taken ten seconds ago.
      server.command('ZADD', 'file-content:limits:total', `${Date.now() - 9_000}`, 'a');
      expect(await acquire('b')).toBe(true);
    });

    it('renews places, also many, and takes lost ones again whatever the limit', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client);
      const places = Array.from({ length: 450 }, (_, index) => ({ key: `tenant:${index % 2}`, id: `${index}` }));
      await store.renew(places, LEASE);
      expect(server.command('ZCARD', 'file-content:limits:tenant:0')).toBe('225');
      expect(server.command('ZCARD', 'file-content:limits:tenant:1')).toBe('225');
      expect(Number(server.command('PTTL', 'file-content:limits:tenant:1'))).toBeGreaterThan(50_000);
      await store.release(places);
      expect(server.command('KEYS', '*')).toBe('');
    });

    it('sends the commands of thousands of tenants a hundred at a time', async () => {
      using connected = await connect(server.path);
      let sent = 0;
      const client = new Proxy(connected.client, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name);
          if (/^evalsha$/i.test(String(name))) sent += 1;
          return typeof member === 'function' ? member.bind(target) : member;
        },
      });
      const store = redisLimits(client);
      const places = Array.from({ length: 1_050 }, (_, index) => ({ key: `tenant:${index}`, id: 'a' }));
      for (const change of [() => store.renew(places, LEASE), () => store.release(places)]) {
        sent = 0;
        const changed = change();
        expect(sent).toBe(100);
        await changed;
        expect(sent).toBe(1_050);
      }
      expect(server.command('KEYS', '*')).toBe('');
    });

    it('keeps a key as long as its longest lease', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client);
      await store.renew([{ key: 'total', id: 'long' }], { leaseMs: 60_000 });
      await store.acquire({ key: 'total', id: 'short' }, { limit: 2, leaseMs: 200 });
      expect(Number(server.command('PTTL', 'file-content:limits:total'))).toBeGreaterThan(50_000);
      await store.release([{ key: 'total', id: 'long' }]);
      await store.renew([{ key: 'total', id: 'short' }], { leaseMs: 200 });
      await eventually('the key has expired', () => server.command('KEYS', '*') === '');
    });

    it('goes on when Redis has forgotten its scripts', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client);
      const acquire = (id: string) => store.acquire({ key: 'total', id }, { limit: 1, ...LEASE });
      expect(await acquire('a')).toBe(true);
      server.command('SCRIPT', 'FLUSH');
      expect(await acquire('b')).toBe(false);
      server.command('SCRIPT', 'FLUSH');
      await store.release([{ key: 'total', id: 'a' }]);
      expect(await acquire('b')).toBe(true);
    });

    it('rejects where a key holds something else, and still renews the others', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client);
      server.command('SET', 'file-content:limits:tenant:wrong', 'text');
      const wrong = { key: 'tenant:wrong', id: 'a' };
      await expect(store.acquire(wrong, { limit: 1, ...LEASE })).rejects.toThrow(/WRONGTYPE/);
      await expect(store.renew([wrong, { key: 'total', id: 'a' }], LEASE)).rejects.toThrow(/WRONGTYPE/);
      expect(server.command('ZCARD', 'file-content:limits:total')).toBe('1');
    });

    it('adds one listener for many stores', async () => {
      using connected = await connect(server.path);
      using watch = watchProcess();
      for (let count = 0; count < 30; count += 1) {
        const store = redisLimits(connected.client);
        createFileContent({ limits: { maxConcurrent: 1, store } });
      }
      await new Promise(setImmediate);
      watch.expectQuiet();
    });

    it('uses its own prefix', async () => {
      using connected = await connect(server.path);
      const store = redisLimits(connected.client, { prefix: 'mine:' });
      await store.acquire({ key: 'total', id: 'a' }, { limit: 1, ...LEASE });
      expect(server.command('KEYS', '*')).toBe('mine:total');
    });
  });
});
