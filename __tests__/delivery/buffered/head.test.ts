import { Transform } from 'node:stream';
import { ask, bufferedAt, gatewayOf, startBuffering } from '../../support/buffering';
import { answer, type RawScript } from '../../support/raw-provider';

const LINES = ['ETag: "v1"', 'Content-Type: text/csv', 'Content-Disposition: attachment; filename="a.csv"'];
const script: RawScript = ({ head, send }) => {
  const whole = answer('hello', LINES).toString('latin1');
  send(head.startsWith('HEAD') ? whole.slice(0, whole.indexOf('\r\n\r\n') + 4) : whole);
};

function withoutDate({ date: _date, connection: _connection, ...headers }: Record<string, unknown>): object {
  return headers;
}

test('HEAD has the headers of GET and no body, and fetches none (C2)', async () => {
  await using setup = await startBuffering(script);
  const got = await ask(setup.gateway.origin);
  const record = setup.gateway.nextRecord();
  const head = await ask(setup.gateway.origin, { method: 'HEAD' });
  expect(withoutDate(head.headers)).toEqual(withoutDate(got.headers));
  expect(head.body).toHaveLength(0);
  expect(setup.upstream.requests[1]).toMatch(/^HEAD /);
  expect(await record).toMatchObject({ outcome: 'completed', method: 'HEAD', bytesSent: 0, complete: 'yes' });
});

test('the connection of a HEAD is used again', async () => {
  await using setup = await startBuffering(script);
  await ask(setup.gateway.origin, { method: 'HEAD' });
  await ask(setup.gateway.origin);
  expect(setup.upstream.connections).toHaveLength(1);
});

test('HEAD has the converted length of a converted file', async () => {
  await using setup = await startBuffering(script, {
    provider: { convert: async ({ body }) => ({ body: twice(body), contentType: 'text/plain' }) },
  });
  const got = await ask(setup.gateway.origin);
  const head = await ask(setup.gateway.origin, { method: 'HEAD' });
  expect(got.body.toString()).toBe('hellohello');
  expect(withoutDate(head.headers)).toEqual(withoutDate(got.headers));
  expect(setup.upstream.requests[1]).toMatch(/^GET /);
});

async function* twice(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) throw new Error('a stored content is iterated');
  yield* body;
  yield* body;
}

test('HEAD has the transformed length of a transformed file', async () => {
  await using setup = await startBuffering(script, {
    provider: {
      transform: () =>
        new Transform({
          transform(chunk: Buffer, _encoding, done) {
            done(null, Buffer.concat([chunk, chunk]));
          },
        }),
    },
  });
  const { headers, body } = await ask(setup.gateway.origin, { method: 'HEAD' });
  expect([headers['content-length'], body.length]).toEqual(['10', 0]);
  expect(setup.upstream.requests[0]).toMatch(/^GET /);
});

test('HEAD has the length of a file from a function', async () => {
  await using gateway = await gatewayOf({
    name: 'function',
    streaming: false,
    fetchContent: async ({ method }) => ({ body: Buffer.from(method), etag: '"v1"' }),
  });
  const { headers, body } = await ask(gateway.origin, { method: 'HEAD' });
  expect(headers).toMatchObject({ 'content-length': '3', etag: '"v1"', 'accept-ranges': 'bytes' });
  expect(body).toHaveLength(0);
});

test('204 and 205 stay without content', async () => {
  for (const status of [204, 205]) {
    await using setup = await startBuffering(({ send }) => send(`HTTP/1.1 ${status} Empty\r\n\r\n`));
    const { status: received, body } = await ask(setup.gateway.origin);
    expect([received, body.length]).toEqual([status, 0]);
  }
});

test('the located URL knows which method will be asked', async () => {
  const methods: string[] = [];
  await using setup = await startBuffering(script);
  await using gateway = await gatewayOf(
    bufferedAt(setup.upstream.origin, {
      locate({ method }) {
        methods.push(method);
        return { url: setup.upstream.origin };
      },
    }),
  );
  await ask(gateway.origin, { method: 'HEAD' });
  await ask(gateway.origin);
  expect(methods).toEqual(['HEAD', 'GET']);
});
