import { ask, type Buffering, startBuffering } from '../../support/buffering';
import { answer } from '../../support/raw-provider';

const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 251));
const SIZE = CONTENT.length;
let setup: Buffering;

beforeAll(async () => {
  // Positions on both sides of what is kept in memory.
  setup = await startBuffering(({ send }) => send(answer(CONTENT, ['ETag: "v1"'])), {
    buffer: { memoryPerTransfer: 65_536 },
  });
});
afterAll(() => setup[Symbol.asyncDispose]());

/** The answer and its record: the next test may then wait for the next one. */
async function askOf(headers: Readonly<Record<string, string>>) {
  const record = setup.gateway.nextRecord();
  const received = await ask(setup.gateway.origin, { headers });
  return { ...received, record: await record };
}

test.each([
  ['bytes=0-0', 0, 1],
  ['bytes=0-', 0, SIZE],
  ['bytes=100-199', 100, 200],
  ['bytes=65535-65537', 65_535, 65_538],
  ['bytes=65536-', 65_536, SIZE],
  ['bytes=150000-150009', 150_000, 150_010],
  ['bytes=199999-', SIZE - 1, SIZE],
  ['bytes=199990-999999', 199_990, SIZE],
  ['bytes=-1', SIZE - 1, SIZE],
  ['bytes=-200000', 0, SIZE],
  ['bytes=-999999999', 0, SIZE],
  ['BYTES=5-6', 5, 7],
])('%s is the bytes from %d to %d', async (range, start, end) => {
  const { status, headers, body, record } = await askOf({ range });
  expect(status).toBe(206);
  expect(headers).toMatchObject({
    'content-range': `bytes ${start}-${end - 1}/${SIZE}`,
    'content-length': String(end - start),
    etag: '"v1"',
  });
  expect(body.equals(CONTENT.subarray(start, end))).toBe(true);
  expect(record).toMatchObject({ outcome: 'completed', bytesSent: end - start, bytesExpected: end - start });
});

test.each([
  'bytes=0-1,5-6',
  `bytes=${Array.from({ length: 1000 }, (_, index) => `${index}-${index}`).join(',')}`,
  'bytes=',
  'bytes=x-y',
  'lines=0-5',
  'bytes=9-3',
  'bytes',
])('%.20s gives the whole content', async (range) => {
  const { status, headers, body } = await askOf({ range });
  expect(status).toBe(200);
  expect(headers['content-range']).toBeUndefined();
  expect(body.equals(CONTENT)).toBe(true);
});

test.each(['bytes=200000-', 'bytes=200000-200001', 'bytes=-0'])('%s is not satisfiable', async (range) => {
  const { status, headers, body, record } = await askOf({ range });
  expect(status).toBe(416);
  expect(headers['content-range']).toBe(`bytes */${SIZE}`);
  expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'range_not_satisfiable' } });
  expect(record).toMatchObject({ outcome: 'rejected', status: 416 });
});

test('the provider gets a request for the whole file, without conditions', async () => {
  const before = setup.upstream.requests.length;
  await askOf({
    range: 'bytes=0-0',
    'if-range': '"v1"',
    'if-none-match': '"x"',
    'if-match': '"v1"',
    accept: 'text/csv',
  });
  const head = setup.upstream.requests[before] ?? '';
  expect(head).not.toMatch(/^(?:range|if-)/im);
  expect(head).toMatch(/^accept: text\/csv\r$/im);
});

test('of another success there are no parts, and it has no conditions', async () => {
  await using other = await startBuffering(({ send }) => send(answer('hello', ['ETag: "v1"'], '203 Other')));
  const { status, headers, body } = await ask(other.gateway.origin, {
    headers: { range: 'bytes=1-2', 'if-none-match': '"v1"' },
  });
  expect([status, headers['accept-ranges'], headers.etag, body.toString()]).toEqual([203, undefined, '"v1"', 'hello']);
});

test('no part can be had of an empty content', async () => {
  await using empty = await startBuffering(({ send }) => send(answer('')));
  expect((await ask(empty.gateway.origin, { headers: { range: 'bytes=0-' } })).status).toBe(416);
  const suffix = await ask(empty.gateway.origin, { headers: { range: 'bytes=-5' } });
  expect([suffix.status, suffix.headers['content-length']]).toEqual([200, '0']);
});

test('a part of a file whose length was not declared', async () => {
  await using chunked = await startBuffering(({ send }) =>
    send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
  );
  const { status, headers, body } = await ask(chunked.gateway.origin, { headers: { range: 'bytes=1-2' } });
  expect([status, headers['content-range'], body.toString()]).toEqual([206, 'bytes 1-2/5', 'el']);
});
