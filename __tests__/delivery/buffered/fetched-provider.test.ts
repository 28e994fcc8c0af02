import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type BufferedContent, type FetchedProvider, FileContentError, type TransferStart } from '../../../lib';
import { ask, gatewayOf } from '../../support/buffering';

function bringing(fetchContent: FetchedProvider['fetchContent']): FetchedProvider {
  return { name: 'function', streaming: false, fetchContent };
}

/** What a provider written in JavaScript may do. */
function misbehaving(result: unknown): FetchedProvider {
  return bringing(() => result as Promise<BufferedContent>);
}

const CONTENT = randomBytes(3_000_000);

test.each([
  ['bytes', () => CONTENT],
  ['a plain Uint8Array', () => new Uint8Array(CONTENT)],
  ['a Readable', () => Readable.from([CONTENT.subarray(0, 1), CONTENT.subarray(1)])],
  // Node's types of a web stream do not say that it can be iterated.
  ['a web stream', () => new Blob([CONTENT]).stream() as unknown as AsyncIterable<Uint8Array>],
  ['a generator that uses one buffer again and again', reused],
])('%s arrive as they are', async (_name, body) => {
  await using gateway = await gatewayOf(bringing(async () => ({ body: body() })));
  const record = gateway.nextRecord();
  const { status, headers, body: received } = await ask(gateway.origin);
  expect([status, received.equals(CONTENT)]).toEqual([200, true]);
  expect(headers).toMatchObject({
    'content-length': String(CONTENT.length),
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
  });
  expect(await record).toMatchObject({ outcome: 'completed', delivery: 'buffer', attempts: 1, complete: 'yes' });
});

async function* reused(): AsyncIterable<Uint8Array> {
  const buffer = Buffer.alloc(7_777);
  for (let at = 0; at < CONTENT.length; at += buffer.length) {
    yield buffer.subarray(0, CONTENT.copy(buffer, 0, at, at + buffer.length));
  }
}

test('its result becomes the headers', async () => {
  await using gateway = await gatewayOf(
    bringing(async () => ({
      body: Buffer.from('a,b'),
      contentType: 'text/csv',
      filename: '../r\u00e9sum\u00e9\r\n.csv',
      etag: '"v1"',
      lastModified: new Date('2026-03-02T10:00:00Z'),
    })),
  );
  const { headers } = await ask(gateway.origin);
  expect(headers).toMatchObject({
    'content-type': 'text/csv',
    etag: '"v1"',
    'last-modified': 'Mon, 02 Mar 2026 10:00:00 GMT',
  });
  expect(headers['content-disposition']).toMatch(
    /^attachment; filename="[^"/]+"; filename\*=UTF-8''r%C3%A9sum%C3%A9\.csv$/,
  );
  const part = await ask(gateway.origin, { headers: { range: 'bytes=0-0', 'if-range': '"v1"' } });
  expect([part.status, part.body.toString()]).toEqual([206, 'a']);
});

test.each([
  ['v1', undefined],
  ['"a"b"', undefined],
  ['"a"\r\nx: y', undefined],
  ['W/"v1"', 'W/"v1"'],
])('the ETag %j is sent as %j', async (etag, expected) => {
  await using gateway = await gatewayOf(bringing(async () => ({ body: Buffer.from('a'), etag })));
  const { status, headers } = await ask(gateway.origin);
  expect([status, headers.etag]).toEqual([200, expected]);
});

test('an invalid date is left out', async () => {
  await using gateway = await gatewayOf(
    bringing(async () => ({ body: Buffer.from('a'), lastModified: new Date(Number.NaN) })),
  );
  const { status, headers } = await ask(gateway.origin);
  expect([status, headers['last-modified']]).toEqual([200, undefined]);
});

test.each([
  ['nothing', undefined, 'provider function: fetchContent() must return { body: '],
  ['null', null, 'null'],
  ['bytes alone', Buffer.from('a'), 'got bytes'],
  ['a string body', { body: 'hello' }, 'as "body", got a string'],
  [
    'a body of numbers',
    { body: Readable.from([1, 2]) },
    'the iteration of "body" must return Uint8Arrays, got a number',
  ],
  [
    'a body of strings',
    { body: Readable.from(['a']) },
    'the iteration of "body" must return Uint8Arrays, got a string',
  ],
  ['a plain iterable', { body: [Buffer.from('a')] }, 'as "body", got an array'],
  ['an invalid content type', { body: Buffer.from('a'), contentType: 'text' }, '"contentType"'],
  ['a header in the content type', { body: Buffer.from('a'), contentType: 'text/a\r\nx: y' }, '"contentType"'],
  ['a file name that is a number', { body: Buffer.from('a'), filename: 1 }, '"filename"'],
  ['an ETag that is a number', { body: Buffer.from('a'), etag: 1 }, '"etag"'],
  ['a date as text', { body: Buffer.from('a'), lastModified: '2026-03-02' }, '"lastModified"'],
])('%s: 500, and the record says what to write', async (_name, result, problem) => {
  await using gateway = await gatewayOf(misbehaving(Promise.resolve(result)));
  const record = gateway.nextRecord();
  const { status, body } = await ask(gateway.origin);
  expect([status, JSON.parse(body.toString()).error.code]).toEqual([500, 'resolver_failed']);
  const { outcome, error } = await record;
  expect(outcome).toBe('resolver_failed');
  expect(error?.cause).toMatchObject({ name: 'TypeError', message: expect.stringContaining(problem) });
});

test('a stream that comes with what cannot be used is closed', async () => {
  const body = Readable.from([Buffer.from('a')]);
  await using gateway = await gatewayOf(misbehaving({ body, contentType: 'text' }));
  expect((await ask(gateway.origin)).status).toBe(500);
  expect(body.destroyed).toBe(true);
});

test('a length that an iterable claims to have is not believed', async () => {
  const bodies = [Object.assign(once(), { length: Number.NaN }), Object.assign(once(), { length: 1e9 }), once()];
  await using gateway = await gatewayOf(
    bringing(async () => ({ body: bodies.shift() ?? CONTENT })),
    { buffer: { memoryPerTransfer: 0, maxDiskBytes: 1_000 } },
  );
  for (const status of [200, 200, 200, 503]) expect((await ask(gateway.origin)).status).toBe(status);
});

async function* once(): AsyncIterable<Uint8Array> {
  yield Buffer.from('a');
}

test('started() is called before the function', async () => {
  const seen: (string | TransferStart)[] = [];
  await using gateway = await gatewayOf(
    bringing(async () => {
      seen.push('asked');
      return { body: Buffer.from('a') };
    }),
    { logger: { started: (start) => void seen.push(start), finished: () => undefined } },
  );
  await ask(gateway.origin);
  expect(seen).toMatchObject([{ provider: 'function', delivery: 'buffer', fileId: 'file-1' }, 'asked']);
});

test('a result without a promise is accepted', async () => {
  await using gateway = await gatewayOf(misbehaving({ body: Buffer.from('a') }));
  expect((await ask(gateway.origin)).body.toString()).toBe('a');
});

const reject = (error: unknown): FetchedProvider => bringing(() => Promise.reject(error));

test.each([
  ['rejects', reject(new Error('secret reason'))],
  ['rejects with nothing', reject(undefined)],
  [
    'throws',
    bringing(() => {
      throw new Error('secret reason');
    }),
  ],
  ['gives a body that fails', misbehaving({ body: failing(new Error('secret reason')) })],
  [
    'gives a body that cannot be iterated',
    misbehaving({
      body: {
        [Symbol.asyncIterator]() {
          throw new Error('secret reason');
        },
      },
    }),
  ],
])('one that %s: 502, and the reason stays inside', async (_name, provider) => {
  await using gateway = await gatewayOf(provider);
  const record = gateway.nextRecord();
  const { status, body } = await ask(gateway.origin);
  expect([status, JSON.parse(body.toString()).error]).toEqual([
    502,
    expect.objectContaining({
      code: 'provider_error',
      message: 'The provider failed to give the content of this file.',
    }),
  ]);
  expect(body.toString()).not.toContain('secret');
  expect(await record).toMatchObject({ outcome: 'upstream_error', attempts: 1 });
});

async function* failing(error: Error): AsyncIterable<Uint8Array> {
  yield Buffer.from('a');
  throw error;
}

test.each([
  ['rejects', reject(new FileContentError('file_not_found', 'Gone.'))],
  ['gives a body that fails', misbehaving({ body: failing(new FileContentError('file_not_found', 'Gone.')) })],
])('one that %s with an answer of its own gives that answer', async (_name, provider) => {
  await using gateway = await gatewayOf(provider);
  const record = gateway.nextRecord();
  expect((await ask(gateway.origin)).status).toBe(404);
  expect(await record).toMatchObject({ error: { code: 'file_not_found' } });
});

test('it gets the request', async () => {
  const requests: object[] = [];
  await using gateway = await gatewayOf(
    bringing(async ({ signal: _signal, transferId: _id, agents: _agents, ...request }) => {
      requests.push(request);
      return { body: Buffer.from('a') };
    }),
  );
  await ask(gateway.origin);
  expect(requests).toEqual([
    {
      resource: 'files',
      fileId: 'file-1',
      params: { fileId: 'file-1' },
      method: 'GET',
      attempt: 1,
      requireAllowed: expect.any(Function),
    },
  ]);
});
