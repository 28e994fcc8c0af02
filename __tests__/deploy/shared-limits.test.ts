import { fakeProvider } from '../../lib/testing';
import type { BuiltPackage } from '../support/built-package';
import { AUTHORIZATION, buildDeployment, type Replica, startReplica } from '../support/deployment';
import { download, open, readAll } from '../support/download';
import { describeWithRedis, startRedis } from '../support/redis-server';

describeWithRedis('two replicas with REDIS_URL', () => {
  let built: BuiltPackage;
  beforeAll(async () => {
    built = await buildDeployment();
  });
  afterAll(() => built[Symbol.asyncDispose]());

  const address = ({ port }: Replica): string => `http://127.0.0.1:${port}/v1/files/file-1/content`;

  it('count the downloads of a tenant together, and go on alone while Redis is away', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await using provider = await fakeProvider({
      files: {
        'file-1': {
          async *content() {
            yield Buffer.from('first');
            await released;
            yield Buffer.from('-last');
          },
        },
      },
    });
    await using redis = await startRedis();
    const settings = { REDIS_URL: redis.path, MAX_TRANSFERS_PER_TENANT: '1' };
    await using first = await startReplica(built, provider.origin, settings);
    await using second = await startReplica(built, provider.origin, settings);

    const running = await open(address(first), { headers: { authorization: AUTHORIZATION } });
    expect(running.statusCode).toBe(200);
    const refused = await download(address(second), { headers: { authorization: AUTHORIZATION } });
    expect(refused.status).toBe(429);
    const other = await open(address(second), { headers: { authorization: 'Bearer key-of-team-b' } });
    expect(other.statusCode).toBe(200);

    await redis.kill();
    const alone = await open(address(second), { headers: { authorization: AUTHORIZATION } });
    expect(alone.statusCode).toBe(200);
    for (const { port } of [first, second]) expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    release();
    for (const response of [running, other, alone]) expect(`${await readAll(response)}`).toBe('first-last');
  });
});
