import { Transform } from 'node:stream';
import type { BufferedContent } from '../../../lib';
import { ask, startBuffering } from '../../support/buffering';
import { expectReleased, takeBaseline } from '../../support/leaks';
import { answer, type RawScript } from '../../support/raw-provider';

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
      addHeaders: ({ status }) => ({ 'x-original-status': String(status) }),
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

test('the file can be read lazily and more than once, also if it is on disk', async () => {
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
  ['throws', () => Promise.reject(new Error('secret')), 502, 'provider_error', /^secret$/],
  [
    'returns nothing',
    // What the types forbid, and plain JavaScript does.
    () => undefined as unknown as BufferedContent,
    500,
    'resolver_failed',
    /^provider test: convert\(\) must return \{ body: .* got undefined\. See /,
  ],
])('convert that %s: %s', async (_name, convert, status, code, cause) => {
  await using setup = await startBuffering(({ send }) => send(answer('a')), { provider: { convert } });
  const record = setup.gateway.nextRecord();
  const received = await ask(setup.gateway.origin);
  expect([received.status, JSON.parse(received.body.toString()).error.code]).toEqual([status, code]);
  expect(received.body.toString()).not.toContain('secret');
  const { attempts, error } = await record;
  expect(attempts).toBe(1);
  expect(error?.cause?.message).toMatch(cause);
});

test('convert gets no metadata if the provider sends none', async () => {
  let names: string[] = [];
  await using setup = await startBuffering(({ send }) => send(answer('a')), {
    provider: {
      convert(content) {
        names = Object.keys(content);
        return content;
      },
    },
  });
  expect((await ask(setup.gateway.origin)).body.toString()).toBe('a');
  expect(names).toEqual(['body']);
});

test.each([
  ['gzip', 502, false],
  ['Identity', 200, true],
])('a body with the coding %s: %d, given to convert: %s', async (coding, status, expected) => {
  let isCalled = false;
  await using setup = await startBuffering(({ send }) => send(answer('a', [`Content-Encoding: ${coding}`])), {
    provider: {
      convert(content) {
        isCalled = true;
        return content;
      },
    },
  });
  const record = setup.gateway.nextRecord();
  const received = await ask(setup.gateway.origin);
  expect([received.status, isCalled]).toEqual([status, expected]);
  expect(received.headers['content-encoding']).toBeUndefined();
  expect((await record).error?.cause?.message).toBe(
    expected ? undefined : 'a Content-Encoding on a content that has to be converted',
  );
});

test('what has no content is not converted', async () => {
  const convert = jest.fn();
  await using setup = await startBuffering(({ send }) => send('HTTP/1.1 204 Empty\r\nx-request-id: r\r\n\r\n'), {
    provider: { convert },
  });
  const { status, headers } = await ask(setup.gateway.origin);
  expect([status, headers['x-request-id']]).toEqual([204, 'r']);
  expect(convert).not.toHaveBeenCalled();
});

test('the original is freed, the result as well', async () => {
  await using setup = await startBuffering(({ send }) => send(answer(Buffer.alloc(100_000))), {
    buffer: { memoryPerTransfer: 1_000, maxDiskBytes: 200_000 },
    provider: { convert: ({ body }) => ({ body }) },
  });
  const baseline = await takeBaseline();
  for (let round = 0; round < 3; round += 1) {
    const record = setup.gateway.nextRecord();
    expect((await ask(setup.gateway.origin)).body).toHaveLength(100_000);
    await record;
    for (const { socket } of setup.upstream.connections) socket.destroy();
    await expectReleased(baseline);
  }
});

describe('a body that only the end of its connection ends', () => {
  const closing: RawScript = async ({ send, fin }) => {
    await send('HTTP/1.1 200 OK\r\n\r\nhello');
    fin();
  };

  test.each([
    ['GET', {}, 200, 'unknown'],
    ['HEAD', {}, 200, 'yes'],
    ['GET', { 'if-none-match': '"v1"' }, 304, 'yes'],
  ])('%s with %j: %d, complete: %s', async (method, headers, status, complete) => {
    await using setup = await startBuffering(closing, {
      provider: { convert: ({ body }) => ({ body, etag: '"v1"' }) },
    });
    const record = setup.gateway.nextRecord();
    expect((await ask(setup.gateway.origin, { method, headers })).status).toBe(status);
    expect(await record).toMatchObject({ outcome: 'completed', complete });
  });
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

test('a transformed body has its own length and no validators', async () => {
  await using setup = await startBuffering(({ send }) => send(answer('a,b', LINES)), {
    provider: { transform: upperCase },
  });
  const { headers, body } = await ask(setup.gateway.origin);
  expect(body.toString()).toBe('A,B');
  expect(headers['content-length']).toBe('3');
  expect([headers.etag, headers['last-modified']]).toEqual([undefined, undefined]);
  expect(headers).toMatchObject({ 'content-type': 'text/csv', 'x-request-id': 'req_1' });
  const part = await ask(setup.gateway.origin, { headers: { range: 'bytes=1-1' } });
  expect([part.status, part.body.toString()]).toEqual([206, ',']);
});

test('transformed content that broke off is truncated; a failed transformation is the provider’s failure', async () => {
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
