import { ask, gatewayOf, startBuffering } from '../../support/buffering';
import { eventually } from '../../support/leaks';
import { pending } from '../../support/pending';
import { answer, type RawScript } from '../../support/raw-provider';

const timeouts = { headers: 1_000, idle: 1_000 };

const SILENCES: readonly (readonly [string, RawScript, string])[] = [
  ['before the head', () => undefined, 'response headers'],
  ['after the head', ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'), 'content'],
  ['in the middle', ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal'), 'content'],
  [
    'in the middle of a large content',
    ({ send }) =>
      send(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n'), Buffer.alloc(3_000_000)])),
    'content',
  ],
];

test.each(SILENCES)('a provider that falls silent %s: 504 (L1)', async (_name, script, waitedFor) => {
  await using setup = await startBuffering(script, { timeouts });
  const record = setup.gateway.nextRecord();
  const { status, body } = await ask(setup.gateway.origin);
  expect([status, JSON.parse(body.toString()).error.code]).toEqual([504, 'provider_timeout']);
  const { outcome, attempts, error } = await record;
  expect([outcome, attempts]).toEqual(['upstream_timeout', 1]);
  expect(error?.message).toContain(waitedFor);
  await setup.upstream.connections[0]?.closed;
});

test('on a kept connection it is the head that is waited for', async () => {
  await using setup = await startBuffering(({ index, send }) => (index === 0 ? send(answer('hi')) : undefined), {
    timeouts: { ...timeouts, connect: 100_000 },
  });
  expect((await ask(setup.gateway.origin)).status).toBe(200);
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(504);
  expect((await record).error?.message).toContain('response headers');
  expect(setup.upstream.connections).toHaveLength(1);
});

test('bytes that keep coming keep the transfer alive until its total time', async () => {
  await using setup = await startBuffering(
    async ({ send, trickle }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      await trickle(Buffer.alloc(100_000), 20);
    },
    { timeouts: { idle: 60_000, total: 1_000 } },
  );
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(504);
  expect(await record).toMatchObject({ outcome: 'upstream_timeout' });
});

test.each([
  ['fetchContent', () => pending(), 'response headers'],
  ['its body', async () => ({ body: silent() }), 'content'],
])('%s that never answers: 504', async (_name, fetchContent, waitedFor) => {
  await using gateway = await gatewayOf({ name: 'function', streaming: false, fetchContent }, { timeouts });
  const record = gateway.nextRecord();
  expect((await ask(gateway.origin)).status).toBe(504);
  const { outcome, attempts, error } = await record;
  expect([outcome, attempts]).toEqual(['upstream_timeout', 1]);
  expect(error?.message).toContain(waitedFor);
});

async function* silent(): AsyncIterable<Uint8Array> {
  yield Buffer.from('a');
  await pending();
}

test('convert that never answers: 504', async () => {
  await using setup = await startBuffering(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'), {
    timeouts,
    provider: { convert: () => pending() },
  });
  expect((await ask(setup.gateway.origin)).status).toBe(504);
});

test('an iterable that gives nothing without end stops no other transfer', async () => {
  async function* nothing(): AsyncIterable<Uint8Array> {
    for (;;) yield new Uint8Array(0);
  }
  let calls = 0;
  await using gateway = await gatewayOf(
    {
      name: 'function',
      streaming: false,
      fetchContent: async () => ({ body: calls++ === 0 ? nothing() : Buffer.from('a') }),
    },
    { timeouts },
  );
  const endless = ask(gateway.origin);
  await eventually('the endless one is asked for', () => calls === 1);
  expect((await ask(gateway.origin)).status).toBe(200);
  expect((await endless).status).toBe(504);
});

test('a refusal that falls silent is still the refusal', async () => {
  await using setup = await startBuffering(({ send }) => send(answer('{}', [], '400 No').subarray(0, -1)), {
    timeouts,
  });
  expect((await ask(setup.gateway.origin)).status).toBe(400);
});
