import { type FakeFile, fakeProvider } from '../../lib/testing';
import type { BuiltPackage } from '../support/built-package';
import { AUTHORIZATION, buildDeployment, type Replica, startReplica, until } from '../support/deployment';
import { open, patternBytes, readAll } from '../support/download';
import { accepts } from '../support/programs';
import { connectRaw, type RawClient, requestBytes } from '../support/raw-client';

describe('the gateway to deploy', () => {
  let built: BuiltPackage;
  beforeAll(async () => {
    built = await buildDeployment();
  });
  afterAll(() => built[Symbol.asyncDispose]());

  const at = ({ port }: Replica, path: string): string => `http://127.0.0.1:${port}${path}`;

  it('takes the tenant from the key, and no tenant from a header', async () => {
    await using provider = await fakeProvider({ apiKey: 'sk-test', files: { 'file-1': 'content' } });
    await using gateway = await startReplica(built, provider.origin);
    const path = at(gateway, '/v1/files/file-1/content');
    for (const authorization of ['', 'Bearer ', 'Bearer wrong', 'Basic key-of-team-a', 'Bearer team-a']) {
      const response = await fetch(path, { headers: { authorization, 'x-tenant': 'team-a' } });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_api_key', param: null } });
    }
    expect(provider.requests).toEqual([]);
    const headers = { authorization: 'Bearer key-of-team-b', 'x-tenant': 'team-a', 'x-forwarded-for': '192.0.2.7' };
    const response = await fetch(path, { headers });
    expect(await response.text()).toBe('content');
    // Longer than a proxy keeps an idle connection.
    expect(response.headers.get('keep-alive')).toBe('timeout=75');
    await until(() => gateway.records.length > 0);
    expect(gateway.records).toMatchObject([{ tenant: 'team-b', context: { clientAddress: '192.0.2.7' } }]);
  });

  it('serves metrics on a port of their own alone', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': 'content' } });
    await using gateway = await startReplica(built, provider.origin);
    await fetch(at(gateway, '/v1/files/file-1/content'), { headers: { authorization: AUTHORIZATION } });
    expect((await fetch(at(gateway, '/metrics'), { headers: { authorization: AUTHORIZATION } })).status).toBe(404);
    const metrics = await (await fetch(`http://127.0.0.1:${gateway.metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/^file_content_transfers_total\{.*outcome="completed".*\} 1$/m);
    expect(metrics).toContain('process_resident_memory_bytes');
  });

  it('while it drains: is alive, not ready, serves, and gives its connections up', async () => {
    const body = patternBytes(1_000_000);
    await using provider = await fakeProvider({ files: { 'file-1': body } });
    await using gateway = await startReplica(built, provider.origin, { DRAIN_DELAY_MS: '60000' });
    expect((await fetch(at(gateway, '/readyz'))).status).toBe(200);
    gateway.process.kill('SIGTERM');
    await until(async () => (await fetch(at(gateway, '/readyz'))).status === 503);
    expect((await fetch(at(gateway, '/healthz'))).status).toBe(200);
    const response = await open(at(gateway, '/v1/files/file-1/content'), {
      headers: { authorization: AUTHORIZATION, connection: 'keep-alive' },
    });
    expect(response.headers.connection).toBe('close');
    expect((await readAll(response)).equals(body)).toBe(true);
    // Whoever cannot wait sends the signal again.
    gateway.process.kill('SIGTERM');
    expect(await gateway.exited).toBe(null);
  });

  it('after its port is closed: serves the request of a connection that was accepted before', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': 'content' } });
    await using gateway = await startReplica(built, provider.origin, { ARRIVING_MS: '60000' });
    // As a proxy's connection whose request is still on its way. Connections are accepted in turn, so this one is when
    // a later one has its response.
    using client = await connectRaw(gateway.port);
    expect((await fetch(at(gateway, '/healthz'))).status).toBe(200);
    gateway.process.kill('SIGTERM');
    await until(async () => !(await accepts(gateway.port)));
    client.send(requestBytes({ path: '/v1/files/file-1/content', headers: [`Authorization: ${AUTHORIZATION}`] }));
    const { response } = await client.result(1);
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('content') });
  });

  it('while its last downloads run: keeps no connection whose download has ended', async () => {
    const gates = new Map<string, () => void>();
    const held = (id: string): FakeFile => ({
      async *content() {
        yield Buffer.from('first');
        await new Promise<void>((resolve) => gates.set(id, resolve));
        yield Buffer.from('-last');
      },
      length: 10,
    });
    await using provider = await fakeProvider({ files: { short: held('short'), long: held('long') } });
    await using gateway = await startReplica(built, provider.origin);
    const start = async (id: string): Promise<RawClient> => {
      const client = await connectRaw(gateway.port);
      const path = `/v1/files/${id}/content`;
      client.send(requestBytes({ path, headers: [`Authorization: ${AUTHORIZATION}`] }));
      await client.until((bytes) => bytes.includes('first'));
      return client;
    };
    using short = await start('short');
    using long = await start('long');
    gateway.process.kill('SIGTERM');
    await until(async () => !(await accepts(gateway.port)));
    gates.get('short')?.();
    // Otherwise a proxy would send the next request there, which gets a 503.
    expect(await short.closed).toBe('fin');
    expect(short.responses()).toMatchObject([{ status: 200, complete: true }]);
    gates.get('long')?.();
    expect((await long.result(1)).response.complete).toBe(true);
    expect(await gateway.exited).toBe(0);
  });

  it.each([
    [{ OPENAI_API_KEY: '' }, 'OPENAI_API_KEY must be set'],
    [{ GATEWAY_KEYS: 'just-a-key' }, 'GATEWAY_KEYS must be tenant:key,tenant:key'],
    [{ SHUTDOWN_GRACE_MS: '5s' }, 'SHUTDOWN_GRACE_MS must be a number, not 5s'],
  ])('does not start with %j', async (settings, message) => {
    await expect(startReplica(built, 'http://127.0.0.1:9', settings)).rejects.toThrow(message);
  });
});
