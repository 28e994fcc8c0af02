import OpenAI from 'openai';
import { ask, startBuffering } from '../../support/buffering';
import type { RawExchange, RawScript } from '../../support/raw-provider';

const SIZE = 2_000_000;
const HEAD = `HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`;
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

function cutAfter(bytes: number, end: (exchange: RawExchange) => void): RawScript {
  return async (exchange) => {
    await exchange.send(HEAD);
    await exchange.send(Buffer.alloc(bytes, 'x'));
    end(exchange);
  };
}

const FAULTS: readonly (readonly [string, RawScript, string])[] = [
  ['FIN after the head', cutAfter(0, ({ fin }) => fin()), 'upstream_truncated'],
  ['FIN in the middle', cutAfter(SIZE / 2, ({ fin }) => fin()), 'upstream_truncated'],
  ['FIN before the last byte', cutAfter(SIZE - 1, ({ fin }) => fin()), 'upstream_truncated'],
  ['RST in the middle', cutAfter(SIZE / 2, ({ rst }) => rst()), 'upstream_truncated'],
  [
    'FIN inside a chunk',
    async ({ send, fin }) => {
      await send(`${CHUNKED}ff\r\nabc`);
      fin();
    },
    'upstream_truncated',
  ],
  [
    'FIN before the last chunk',
    async ({ send, fin }) => {
      await send(`${CHUNKED}3\r\nabc\r\n`);
      fin();
    },
    'upstream_truncated',
  ],
  ['an invalid chunk size', ({ send }) => send(`${CHUNKED}3\r\nabc\r\nxyz\r\n`), 'upstream_invalid'],
];

test.each(FAULTS)('%s: a 502 and not a byte of the body (S2, S6)', async (_name, script, outcome) => {
  await using setup = await startBuffering(script, { buffer: { retries: 0 } });
  const record = setup.gateway.nextRecord();
  const { status, headers, body } = await ask(setup.gateway.origin);
  expect(status).toBe(502);
  expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'provider_invalid_response' } });
  expect(headers['cache-control']).toBe('no-store');
  expect(await record).toMatchObject({ outcome, status: 502, upstreamStatus: 200, bytesSent: 0, complete: 'no' });
  expect(setup.upstream.requests).toHaveLength(1);
});

test.each(FAULTS)('%s: the OpenAI SDK rejects', async (_name, script) => {
  await using setup = await startBuffering(script, { buffer: { retries: 0 } });
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${setup.gateway.origin}/v1`, maxRetries: 0 });
  await expect(client.files.content('file-1').then((response) => response.arrayBuffer())).rejects.toMatchObject({
    status: 502,
  });
});

test('bytes beyond the declared length are dropped', async () => {
  await using setup = await startBuffering(({ send }) =>
    send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, world'),
  );
  expect((await ask(setup.gateway.origin)).body.toString()).toBe('hello');
});

test('bytes beyond the declared length of a large content are dropped too', async () => {
  await using setup = await startBuffering(({ send }) =>
    send(Buffer.concat([Buffer.from(HEAD), Buffer.alloc(SIZE + 70_000, 'x')])),
  );
  const { status, body } = await ask(setup.gateway.origin);
  expect(status).toBe(200);
  expect(body).toHaveLength(SIZE);
});

const HEADS: readonly (readonly [string, string])[] = [
  ['status 099', 'HTTP/1.1 099 What\r\nContent-Length: 2\r\n\r\nhi'],
  ['status 600', 'HTTP/1.1 600 What\r\nContent-Length: 2\r\n\r\nhi'],
  ['a 206 to a request without Range', 'HTTP/1.1 206 P\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nhi'],
  ['a 304 that nobody asked for', 'HTTP/1.1 304 N\r\n\r\n'],
  ['a redirect', 'HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n'],
  ['an upgrade', 'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi'],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  ],
  ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi'],
  ['too many headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
];

test.each(HEADS)('%s is refused, once and for all', async (_name, bytes) => {
  await using setup = await startBuffering(async ({ send, fin }) => {
    await send(bytes);
    fin();
  });
  const record = setup.gateway.nextRecord();
  const { status, body } = await ask(setup.gateway.origin);
  expect([status, JSON.parse(body.toString()).error.code]).toEqual([502, 'provider_invalid_response']);
  expect(await record).toMatchObject({ outcome: 'upstream_invalid' });
  expect(setup.upstream.requests).toHaveLength(1);
});

test.each([
  ['HTTP/1.1 304 N\r\n\r\n', 'status 304 although no condition was sent'],
  ['HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 'status 101 although no upgrade was asked for'],
  ['HTTP/1.1 600 What\r\nContent-Length: 2\r\n\r\nhi', 'status 600'],
])('the record says why %j is refused', async (bytes, reason) => {
  await using setup = await startBuffering(({ send }) => send(bytes));
  const record = setup.gateway.nextRecord();
  await ask(setup.gateway.origin);
  expect((await record).error?.cause?.message).toBe(reason);
  await setup.upstream.connections[0]?.closed;
});
