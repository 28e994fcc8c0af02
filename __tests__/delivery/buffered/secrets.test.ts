import { inspect } from 'node:util';
import express from 'express';
import { createFileContentRouter, type TransferRecord } from '../../../lib';
import { ask, bufferedAt, gatewayOf, startBuffering } from '../../support/buffering';
import { CLIENT_KEY, captureConsole, findSecret, PROVIDER_KEY } from '../../support/canary';
import { serve } from '../../support/local-server';
import { answer, type RawScript, startRawProvider } from '../../support/raw-provider';

const HEADERS = { authorization: `Bearer ${PROVIDER_KEY}`, 'x-api-key': PROVIDER_KEY };

const FAULTS: readonly (readonly [string, RawScript])[] = [
  ['a success', ({ send }) => send(answer('hello'))],
  ['a reset', ({ rst }) => rst()],
  ['half a head', ({ send, fin }) => send('HTTP/1.1 200 OK\r\nConte').then(fin)],
  ['nonsense that repeats the key', ({ send }) => send(`ABC ${PROVIDER_KEY}\r\n\r\n`)],
  ['a bad chunk', ({ send }) => send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${PROVIDER_KEY}\r\n`)],
  ['a truncation', ({ send, fin }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc').then(fin)],
  [
    'a refusal that repeats the key',
    ({ send }) => send(answer(`{"error":{"message":"bad ${PROVIDER_KEY}"}}`, [], '400 No')),
  ],
  [
    'a 401 that repeats the key',
    ({ send }) => send(answer(`{"error":{"message":"bad ${PROVIDER_KEY}"}}`, [], '401 No')),
  ],
];

test.each(FAULTS)('%s: no key goes where it should not (T1)', async (_name, script) => {
  using output = captureConsole();
  await using upstream = await startRawProvider(script);
  const records: TransferRecord[] = [];
  const errors: unknown[] = [];
  const app = express();
  app.use(
    '/v1',
    createFileContentRouter({
      resolveProvider: () =>
        bufferedAt(upstream.origin, { locate: () => ({ url: upstream.origin, headers: HEADERS }) }),
      buffer: { retries: 1 },
      errors: 'next',
      logger: { finished: (record) => records.push(record) },
    }),
  );
  app.use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    errors.push(error);
    res.status(502).send(inspect(error, { depth: 20, showHidden: true }));
  });
  await using server = await serve(app);
  const received = await ask(server.origin, { headers: { authorization: `Bearer ${CLIENT_KEY}`, cookie: CLIENT_KEY } });
  expect(findSecret(PROVIDER_KEY, { received, body: received.body.toString(), records, errors, output })).toEqual([]);
  expect(findSecret(CLIENT_KEY, { provider: upstream.received.toString('latin1') })).toEqual([]);
  expect(upstream.requests[0]).toContain(PROVIDER_KEY);
});

test('the provider gets what was decided and nothing that a library adds', async () => {
  await using setup = await startBuffering(({ send }) => send(answer('hello')));
  await ask(setup.gateway.origin, {
    headers: { 'user-agent': 'client', 'x-forwarded-for': '1.2.3.4', accept: 'text/csv', 'accept-encoding': 'gzip' },
  });
  const lines = (setup.upstream.requests[0] ?? '').trim().toLowerCase().split('\r\n').slice(1).sort();
  expect(lines).toEqual([
    'accept-encoding: identity',
    'accept: text/csv',
    'connection: keep-alive',
    `host: ${new URL(setup.upstream.origin).host}`,
  ]);
});

test('the host is that of the URL, whatever a provider says', async () => {
  await using upstream = await startRawProvider(({ send }) => send(answer('hello')));
  const locate = () => ({ url: upstream.origin, headers: { Host: 'other.test' } });
  await using gateway = await gatewayOf(bufferedAt(upstream.origin, { locate }));
  expect((await ask(gateway.origin)).status).toBe(200);
  const hosts = (upstream.requests[0] ?? '').split('\r\n').filter((line) => /^host:/i.test(line));
  expect(hosts.map((line) => line.toLowerCase())).toEqual([`host: ${new URL(upstream.origin).host}`]);
});

test('a proxy of the environment is not used', async () => {
  const before = process.env['http_proxy'];
  process.env['http_proxy'] = 'http://127.0.0.1:9';
  try {
    await using setup = await startBuffering(({ send }) => send(answer('hello')));
    expect((await ask(setup.gateway.origin)).status).toBe(200);
  } finally {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
  }
});
