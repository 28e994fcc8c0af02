import { Transform } from 'node:stream';
import type { BufferedContent } from '../../lib';
import { ask, startBuffering } from '../support/buffering';
import { answer } from '../support/raw-provider';

const LINES = [
  'ETag: "v1"',
  'Last-Modified: Mon, 02 Mar 2026 10:00:00 GMT',
  'Content-Type: text/csv',
  'Content-Disposition: attachment; filename="a.csv"',
  'x-request-id: req_1',
];

async function textOf({ body }: BufferedContent): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('convert gets the whole content and what was said of it; its result is what the client gets', async () => {
  let given: object = {};
  await using setup = await startBuffering(({ send }) => send(answer('a,b', LINES)), {
    provider: {
      streaming: true,
      async convert(content) {
        const { body: _body, ...about } = content;
        given = about;
        return { body: Buffer.from((await textOf(content)).toUpperCase()), contentType: 'text/plain', etag: '"v2"' };
      },
      responseHeaders: ({ status }) => ({ 'x-original-status': String(status) }),
    },
  });
  const { headers, body } = await ask(setup.gateway.origin);
  expect(body.toString()).toBe('A,B');
  expect(given).toEqual({
    contentType: 'text/csv',
    filename: 'a.csv',
    etag: '"v1"',
    lastModified: new Date('2026-03-02T10:00:00Z'),
  });
  expect(headers).toMatchObject({
    'content-type': 'text/plain',
    'content-disposition': 'attachment',
    'content-length': '3',
    etag: '"v2"',
    'x-request-id': 'req_1',
    'x-original-status': '200',
  });
  expect(headers['last-modified']).toBeUndefined();
});

test('the content can be read lazily and more than once, also where it is on disk', async () => {
  const content = Buffer.alloc(300_000, 'abc');
  async function* twice({ body }: BufferedContent): AsyncIterable<Uint8Array> {
    yield* body as AsyncIterable<Uint8Array>;
    yield* body as AsyncIterable<Uint8Array>;
  }
  await using setup = await startBuffering(({ send }) => send(answer(content)), {
    buffer: { memoryPerTransfer: 100_000 },
    provider: { convert: (given) => ({ body: twice(given) }) },
  });
  const { body } = await ask(setup.gateway.origin);
  expect(body.equals(Buffer.concat([content, content]))).toBe(true);
});

test.each([
  ['throws', () => Promise.reject(new Error('secret')), 502, 'provider_error'],
  ['returns nothing', () => undefined as unknown as BufferedContent, 500, 'resolver_failed'],
])('convert that %s: %s', async (_name, convert, status, code) => {
  await using setup = await startBuffering(({ send }) => send(answer('a')), { provider: { convert } });
  const record = setup.gateway.nextRecord();
  const received = await ask(setup.gateway.origin);
  expect([received.status, JSON.parse(received.body.toString()).error.code]).toEqual([status, code]);
  expect(received.body.toString()).not.toContain('secret');
  expect((await record).attempts).toBe(1);
});

test('a coded content is not given to convert', async () => {
  let isCalled = false;
  await using setup = await startBuffering(({ send }) => send(answer('a', ['Content-Encoding: gzip'])), {
    provider: {
      convert(content) {
        isCalled = true;
        return content;
      },
    },
  });
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  expect(isCalled).toBe(false);
});

test('conditions are about the converted content', async () => {
  await using setup = await startBuffering(({ send }) => send(answer('a', LINES)), {
    provider: { convert: ({ body }) => ({ body, etag: '"v2"' }) },
  });
  const asked = (etag: string) => ask(setup.gateway.origin, { headers: { 'if-none-match': etag } });
  expect((await asked('"v1"')).status).toBe(200);
  expect((await asked('"v2"')).status).toBe(304);
});

const upperCase = (): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, chunk.toString().toUpperCase());
    },
  });

test('what transform makes of the content has its own length and no validators', async () => {
  await using setup = await startBuffering(({ send }) => send(answer('a,b', LINES)), {
    provider: { transform: upperCase },
  });
  const { headers, body } = await ask(setup.gateway.origin);
  expect(body.toString()).toBe('A,B');
  expect(headers['content-length']).toBe('3');
  expect([headers.etag, headers['last-modified']]).toEqual([undefined, undefined]);
  const part = await ask(setup.gateway.origin, { headers: { range: 'bytes=1-1' } });
  expect([part.status, part.body.toString()]).toEqual([206, ',']);
});

test('a transformed content that broke off is truncated; a transformation that fails is the provider’s failure', async () => {
  await using cut = await startBuffering(({ send, fin }) => send(answer('a,b').subarray(0, -1)).then(fin), {
    buffer: { retries: 0 },
    provider: { transform: upperCase },
  });
  const truncated = cut.gateway.nextRecord();
  expect((await ask(cut.gateway.origin)).status).toBe(502);
  expect(await truncated).toMatchObject({ outcome: 'upstream_truncated' });

  const failing = (): Transform =>
    new Transform({
      flush(done) {
        done(new Error('secret'));
      },
      transform(_chunk, _encoding, done) {
        done();
      },
    });
  await using setup = await startBuffering(({ send }) => send(answer('a,b')), { provider: { transform: failing } });
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  expect(await record).toMatchObject({ error: { code: 'provider_error' }, attempts: 1 });
});
