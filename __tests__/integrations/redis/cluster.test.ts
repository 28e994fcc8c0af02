import { Cluster } from 'ioredis';
import { createClientPool, createCluster } from 'redis';
import { createClientPool as createClientPool5, createCluster as createCluster5 } from 'redis5';
import { type RedisClient, redisLimits } from '../../../lib/integrations/redis';
import { eventually } from '../../support/leaks';
import { freePort } from '../../support/programs';
import { describeWithRedis, type RedisServer, startRedis } from '../../support/redis-server';

const LEASE = { leaseMs: 60_000 };

/** Takes, renews and releases places of many tenants, which are in many slots. */
async function use(client: RedisClient): Promise<void> {
  const store = redisLimits(client);
  const places = Array.from({ length: 60 }, (_, index) => ({ key: `tenant:${index % 20}`, id: `${index}` }));
  const granted = await Promise.all(places.map((place) => store.acquire(place, { limit: 2, ...LEASE })));
  expect(granted.filter(Boolean)).toHaveLength(40);
  await store.renew(places, LEASE);
  expect(await store.acquire({ key: 'tenant:0', id: 'one more' }, { limit: 3, ...LEASE })).toBe(false);
  await store.release(places);
  expect(await store.acquire({ key: 'tenant:0', id: 'one more' }, { limit: 1, ...LEASE })).toBe(true);
}

describeWithRedis('redisLimits with a cluster', () => {
  let server: RedisServer;
  let port: number;

  // A cluster of one node refuses commands whose keys are in several slots, as a large one does.
  beforeAll(async () => {
    port = await freePort();
    const bus = await freePort();
    const options = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-announce-ip', '127.0.0.1'];
    server = await startRedis(...options, '--port', `${port}`);
    server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually('the cluster is up', () => server.command('CLUSTER', 'INFO').includes('cluster_state:ok'));
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => void server.command('FLUSHALL'));

  it('needs no hash tags in ioredis', async () => {
    const client = new Cluster([{ host: '127.0.0.1', port }]);
    await use(client);
    client.disconnect();
  });

  it('needs no hash tags in node-redis', async () => {
    const client = await createCluster({ rootNodes: [{ socket: { host: '127.0.0.1', port } }] }).connect();
    await use(client);
    client.destroy();
  });

  it('needs no hash tags in node-redis 5', async () => {
    const client = await createCluster5({ rootNodes: [{ socket: { host: '127.0.0.1', port } }] }).connect();
    await use(client);
    client.destroy();
  });
});

describeWithRedis('redisLimits with a pool', () => {
  it('of node-redis', async () => {
    await using server = await startRedis();
    const pool = createClientPool({ socket: { path: server.path, tls: false } }, { maximum: 5 });
    await pool.connect();
    await use(pool);
    await pool.close();
  });

  it('of node-redis 5', async () => {
    await using server = await startRedis();
    const pool = createClientPool5({ socket: { path: server.path, tls: false } }, { maximum: 5 });
    await pool.connect();
    await use(pool);
    await pool.close();
  });
});
