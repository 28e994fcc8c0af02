import { ask, type Buffering, startBuffering } from '../../support/buffering';
import { answer } from '../../support/raw-provider';

const MODIFIED = 'Mon, 02 Mar 2026 10:00:00 GMT';
const BEFORE = 'Sun, 01 Mar 2026 10:00:00 GMT';
const AFTER = 'Tue, 03 Mar 2026 10:00:00 GMT';

const servers = new Map<string, Buffering>();

beforeAll(async () => {
  for (const [name, etag] of [
    ['strong', '"v1"'],
    ['weak', 'W/"v1"'],
  ] as const) {
    servers.set(
      name,
      await startBuffering(({ send }) =>
        send(
          answer('hello', [
            `ETag: ${etag}`,
            `Last-Modified: ${MODIFIED}`,
            'Content-Type: text/csv',
            'Content-Disposition: attachment; filename="a.csv"',
            'Content-Encoding: gzip',
            'Content-Language: en',
            'x-request-id: req_1',
          ]),
        ),
      ),
    );
  }
  servers.set('none', await startBuffering(({ send }) => send(answer('hello'))));
});
afterAll(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

// What the content has, the request's headers, the status: RFC 9110, sections 13.1 and 13.2.2.
const CASES: readonly (readonly [string, Record<string, string>, number])[] = [
  ['strong', { 'if-none-match': '"v1"' }, 304],
  ['strong', { 'if-none-match': 'W/"v1"' }, 304],
  ['weak', { 'if-none-match': '"v1"' }, 304],
  ['strong', { 'if-none-match': '"v0", "v1"' }, 304],
  ['strong', { 'if-none-match': '*' }, 304],
  ['strong', { 'if-none-match': '"v0"' }, 200],
  ['none', { 'if-none-match': '"v1"' }, 200],
  ['strong', { 'if-modified-since': MODIFIED }, 304],
  ['strong', { 'if-modified-since': AFTER }, 304],
  ['strong', { 'if-modified-since': BEFORE }, 200],
  ['strong', { 'if-modified-since': 'nonsense' }, 200],
  ['none', { 'if-modified-since': AFTER }, 200],
  ['strong', { 'if-none-match': '"v0"', 'if-modified-since': AFTER }, 200],
  ['strong', { 'if-match': '"v1"' }, 200],
  ['strong', { 'if-match': '"v0", "v1"' }, 200],
  ['strong', { 'if-match': '*' }, 200],
  ['strong', { 'if-match': '"v0"' }, 412],
  ['weak', { 'if-match': 'W/"v1"' }, 412],
  ['none', { 'if-match': '"v1"' }, 412],
  ['strong', { 'if-unmodified-since': BEFORE }, 412],
  ['strong', { 'if-unmodified-since': MODIFIED }, 200],
  ['strong', { 'if-unmodified-since': 'nonsense' }, 200],
  ['none', { 'if-unmodified-since': BEFORE }, 200],
  ['strong', { 'if-match': '"v1"', 'if-unmodified-since': BEFORE }, 200],
  ['strong', { 'if-match': '"v0"', 'if-none-match': '"v1"' }, 412],
  ['strong', { 'if-none-match': '"v1"', range: 'bytes=0-1' }, 304],
  ['strong', { range: 'bytes=0-1', 'if-range': '"v1"' }, 206],
  ['strong', { range: 'bytes=0-1', 'if-range': '"v0"' }, 200],
  ['weak', { range: 'bytes=0-1', 'if-range': 'W/"v1"' }, 200],
  ['none', { range: 'bytes=0-1', 'if-range': '"v1"' }, 200],
  ['strong', { range: 'bytes=0-1', 'if-range': MODIFIED }, 206],
  ['strong', { range: 'bytes=0-1', 'if-range': AFTER }, 200],
  ['none', { range: 'bytes=0-1', 'if-range': MODIFIED }, 200],
  ['strong', { range: 'bytes=90-', 'if-range': '"v0"' }, 200],
];

describe.each(['GET', 'HEAD'])('%s', (method) => {
  test.each(CASES)('a file with validators %s, requested with %j: %d', async (content, headers, status) => {
    const answered = await ask(servers.get(content)?.gateway.origin ?? '', { method, headers });
    // Range is defined for GET alone.
    expect(answered.status).toBe(method === 'HEAD' && status === 206 ? 200 : status);
  });
});

test('a 304 has the validators and no header that describes a body', async () => {
  const { origin } = servers.get('strong')?.gateway ?? { origin: '' };
  const { headers, body } = await ask(origin, { headers: { 'if-none-match': '"v1"' } });
  const ofContent = ['content-type', 'content-length', 'content-disposition', 'content-encoding', 'content-language'];
  expect((await ask(origin)).headers).toMatchObject(
    Object.fromEntries(ofContent.map((name) => [name, expect.any(String)])),
  );
  expect(headers).toMatchObject({ etag: '"v1"', 'last-modified': MODIFIED, 'x-request-id': 'req_1' });
  for (const name of ofContent) expect([name, headers[name]]).toEqual([name, undefined]);
  expect(body).toHaveLength(0);
});

test('a 304 and a 412 do not wait for the body', async () => {
  await using slow = await startBuffering(({ send }) =>
    send('HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 9\r\n\r\n'),
  );
  const record = slow.gateway.nextRecord();
  expect((await ask(slow.gateway.origin, { headers: { 'if-none-match': '"v1"' } })).status).toBe(304);
  expect(await record).toMatchObject({ outcome: 'completed', status: 304, upstreamStatus: 200, bytesSent: 0 });
  const refused = slow.gateway.nextRecord();
  expect((await ask(slow.gateway.origin, { headers: { 'if-match': '"v0"' } })).status).toBe(412);
  expect(await refused).toMatchObject({ outcome: 'rejected', status: 412, error: { code: 'provider_error' } });
  for (const connection of slow.upstream.connections) await connection.closed;
});
