import { openaiCompatible } from '../../lib/index';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';
import { expectReleased, takeBaseline, watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

function ask(id: string, version: '1.0' | '1.1' = '1.1'): string {
  return requestBytes({ path: `/v1/files/${id}/content`, version });
}

describe.each(EXPRESS_MAJORS)(
  'F2: what one connection pipelines is served one after the other (Express %i)',
  (express) => {
    it('1,000 requests cause one request to the provider as long as nothing is read', async () => {
      using watch = watchProcess();
      const baseline = await takeBaseline();
      const provider = await startRawProvider(() => undefined);
      let resolved = 0;
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      const gateway = await startGateway({
        express,
        resolveProvider: () => {
          resolved += 1;
          return held;
        },
        limits: { maxConcurrent: 1 },
      });
      let requests = 0;
      gateway.server.on('request', () => {
        requests += 1;
      });
      const client = await connectRaw(gateway.port);
      client.pause();
      client.send(Array.from({ length: 1_000 }, (_, index) => ask(`file-${index}`)).join(''));
      await provider.requestsReceived(1);
      while (requests < 1_000) await new Promise(setImmediate);
      expect([resolved, provider.requests.length]).toEqual([1, 1]);
      client.rst();
      const records = await gateway.recorded(1_000);
      expect(new Set(records.map(({ outcome, status }) => `${outcome} ${status}`))).toEqual(
        new Set(['client_aborted 499']),
      );
      expect(new Set(records.map(({ fileId }) => fileId)).size).toBe(1_000);
      expect(resolved).toBe(1);
      await gateway.close();
      await provider.close();
      await expectReleased(baseline);
      watch.expectQuiet();
    });

    it.each(['stream', 'buffer'] as const)('all are served in order, at a limit of one (%s)', async (delivery) => {
      let active = 0;
      let most = 0;
      await using provider = await startRawProvider(async ({ send, head }) => {
        active += 1;
        most = Math.max(most, active);
        await new Promise(setImmediate);
        active -= 1;
        await send(answer(/file-\d+/.exec(head)?.[0] ?? ''));
      });
      await using gateway = await startGateway({
        express,
        upstream: provider.origin,
        delivery,
        limits: { maxConcurrent: 1 },
      });
      using client = await connectRaw(gateway.port);
      const ids = Array.from({ length: 200 }, (_, index) => `file-${index}`);
      client.send(ids.map((id) => ask(id)).join(''));
      const { responses } = await client.result(200);
      expect(responses.map(({ status, body }) => `${status} ${body}`)).toEqual(ids.map((id) => `200 ${id}`));
      expect(most).toBe(1);
      expect(await gateway.recorded(200)).toHaveLength(200);
    });

    it('also behind a response of another part of the application', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('content')));
      let finishSlow: () => void = () => undefined;
      await using gateway = await startGateway({
        express,
        upstream: provider.origin,
        before: [
          (req, res, next) => {
            if (req.url === '/slow') finishSlow = () => void res.end('slow');
            else next();
          },
        ],
      });
      let arrived: () => void = () => undefined;
      const both = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      gateway.server.on('request', (req) => {
        if (req.url !== '/slow') setImmediate(arrived);
      });
      using client = await connectRaw(gateway.port);
      client.send(requestBytes({ path: '/slow' }) + ask('file-1'));
      await both;
      expect(provider.requests).toEqual([]);
      finishSlow();
      const { responses } = await client.result(2);
      expect(responses.map(({ body }) => body.toString())).toEqual(['slow', 'content']);
    });

    it('and over HTTP/1.0', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('content')));
      await using gateway = await startGateway({ express, upstream: provider.origin });
      using client = await connectRaw(gateway.port);
      client.send(ask('file-1', '1.0') + ask('file-2', '1.0'));
      const { responses } = await client.result(2);
      expect(responses.map(({ status }) => status)).toEqual([200, 200]);
    });
  },
);

it('a connection on which more than 1,000 requests wait is closed once it has been told so', async () => {
  let finish: () => void = () => undefined;
  await using provider = await startRawProvider(({ send, index }) => {
    if (index === 0) finish = () => void send(answer('content'));
    else return send(answer('content'));
    return undefined;
  });
  await using gateway = await startGateway({ upstream: provider.origin });
  let requests = 0;
  gateway.server.on('request', () => {
    requests += 1;
  });
  const client = await connectRaw(gateway.port);
  client.send(Array.from({ length: 1_100 }, (_, index) => ask(`file-${index}`)).join(''));
  while (requests < 1_100) await new Promise(setImmediate);
  await provider.requestsReceived(1);
  expect(provider.requests).toHaveLength(1);
  finish();
  await client.closed;
  const statuses = client.responses().map(({ status }) => status);
  expect(statuses).toHaveLength(1_002);
  expect(statuses.at(-1)).toBe(503);
  expect(client.responses().at(-1)?.headers.get('connection')).toEqual(['close']);
  expect(statuses.slice(0, -1).every((status) => status === 200)).toBe(true);
  expect(await gateway.recorded(1_100)).toHaveLength(1_100);
});

it('a request that a middleware has answered asks no provider, has a record and keeps its connection', async () => {
  await using provider = await startRawProvider(({ send }) => send(answer('content')));
  await using gateway = await startGateway({
    upstream: provider.origin,
    before: [
      (req, res, next) => {
        if (!req.url.includes('file-answered')) return next();
        res.once('close', () => setImmediate(next));
        res.end('answered');
      },
    ],
  });
  using client = await connectRaw(gateway.port);
  client.send(ask('file-answered'));
  await client.result(1);
  const [record] = await gateway.recorded(1);
  expect(record).toMatchObject({ fileId: 'file-answered', status: 200, complete: 'no' });
  expect(provider.requests).toEqual([]);
  client.send(ask('file-1'));
  const { responses } = await client.result(2);
  expect(responses.map(({ body }) => body.toString())).toEqual(['answered', 'content']);
});
