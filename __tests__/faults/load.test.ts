import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Agent, get } from 'node:http';
import { promisify } from 'node:util';
import { openaiCompatible } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { DELIVERIES } from '../support/fault-row';
import { type Gateway, startGateway } from '../support/gateway';
import { eventually, watchProcess } from '../support/leaks';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

function providerAt(origin: string) {
  return openaiCompatible({ name: 'raw', baseURL: `${origin}/v1`, apiKey: PROVIDER_KEY });
}

function contentOf(id: number): Buffer {
  return Buffer.alloc(50_000, createHash('sha256').update(String(id)).digest());
}

function hashOf(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const hash = createHash('sha256');
      response.on('data', (chunk: Buffer) => hash.update(chunk));
      response.once('end', () => resolve(hash.digest('hex')));
      response.once('error', reject);
    }).once('error', reject);
  });
}

describe('row 53: 1,000 downloads at once', () => {
  it.each(DELIVERIES)('all have their own content (%s)', async (delivery) => {
    using watch = watchProcess();
    await using provider = await startRawProvider(async ({ head, send }) => {
      const body = contentOf(Number(/file-(\d+)/.exec(head)?.[1]));
      await provider.requestsReceived(1_000);
      await send(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]));
    });
    await using gateway = await startGateway({
      upstream: provider.origin,
      delivery,
      timeouts: { connect: 0, headers: 0, idle: 0, clientIdle: 0 },
    });
    const agent = new Agent({ keepAlive: false });
    const ids = Array.from({ length: 1_000 }, (_, index) => index);
    const hashes = await Promise.all(ids.map((id) => hashOf(`${gateway.origin}/v1/files/file-${id}/content`, agent)));
    expect(hashes).toEqual(ids.map((id) => createHash('sha256').update(contentOf(id)).digest('hex')));
    const records = await gateway.recorded(1_000);
    expect(records.filter(({ outcome }) => outcome !== 'completed').slice(0, 2)).toEqual([]);
    watch.expectQuiet();
  });
});

it('row 54: an origin that never responds does not block others', async () => {
  await using hole = await startRawProvider(() => undefined);
  await using healthy = await startRawProvider(({ send }) => send(answer('content')));
  const providers = [providerAt(hole.origin), providerAt(healthy.origin)];
  await using gateway = await startGateway({
    resolveProvider: (_req, { fileId }) => providers[fileId === 'file-hole' ? 0 : 1],
  });
  const waiting = await Promise.all(Array.from({ length: 300 }, () => connectRaw(gateway.port)));
  for (const client of waiting) client.send(requestBytes({ path: '/v1/files/file-hole/content' }));
  await hole.requestsReceived(300);
  for (let count = 0; count < 20; count += 1) {
    const { response } = await rawRequest(gateway.port);
    expect(response.body.toString()).toBe('content');
  }
  expect(gateway.records).toHaveLength(20);
  for (const client of waiting) client.destroy();
  await gateway.recorded(320);
});

describe('row 55: 200 slow clients', () => {
  // More than the kernel takes for a client that does not read.
  const large = Buffer.alloc(12_000_000, 'x');

  async function startBoth() {
    const provider = await startRawProvider(async ({ head, send }) => {
      if (!head.includes('file-large')) return send(answer('content'));
      await send(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`);
      return send(large);
    });
    const gateway = await startGateway({ upstream: provider.origin });
    return {
      gateway,
      provider,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await provider.close();
      },
    };
  }

  /** A gateway that is held up does not answer at all. */
  async function expectServed(port: number): Promise<void> {
    const { response } = await rawRequest(port);
    expect(response.body.toString()).toBe('content');
  }

  /** Fulfilled when nothing moves any more: every buffer on the way is full. */
  async function standstill(gateway: Gateway): Promise<void> {
    let before = -1;
    await eventually(
      'nothing moves',
      () => {
        const written = gateway.sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
        const isStill = written === before;
        before = written;
        return isStill && written > 0;
      },
      undefined,
      200,
    );
  }

  it('that write half a request each', async () => {
    await using both = await startBoth();
    const clients = await Promise.all(Array.from({ length: 200 }, () => connectRaw(both.gateway.port)));
    for (const client of clients) client.send('GET /v1/files/file-1/content HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await eventually('all connected', () => both.gateway.openConnections >= 200);
    await expectServed(both.gateway.port);
    for (const client of clients) client.destroy();
  });

  it('that do not read the responses to three requests each', async () => {
    await using both = await startBoth();
    const clients = await Promise.all(Array.from({ length: 200 }, () => connectRaw(both.gateway.port)));
    for (const client of clients) {
      client.pause();
      client.send(requestBytes({ path: '/v1/files/file-large/content' }).repeat(3));
    }
    await both.provider.requestsReceived(200);
    await standstill(both.gateway);
    await expectServed(both.gateway.port);
    for (const client of clients) client.rst();
    await both.gateway.recorded(601);
    await eventually('the provider is free', () => both.provider.openConnections <= 64);
  });

  const tool = spawnSync('slowhttptest', ['-h']).error === undefined;
  (tool ? it : it.skip)('of slowhttptest (skipped where it is not installed)', async () => {
    await using both = await startBoth();
    const url = `${both.gateway.origin}/v1/files/file-large/content`;
    // Slow reading: 200 connections with three pipelined requests each, one byte a second, for five seconds.
    const options = '-X -c 200 -r 200 -k 3 -w 1 -y 2 -n 1 -z 1 -l 5';
    const running = promisify(execFile)('slowhttptest', [...options.split(' '), '-u', url], {
      timeout: 20_000,
    }).catch(() => undefined);
    await both.provider.requestsReceived(200);
    await standstill(both.gateway);
    await expectServed(both.gateway.port);
    await running;
  });
});
