import { PassThrough, Transform } from 'node:stream';
import type { BufferedContent } from '../../lib/index';
import { DELIVERIES, hasHeader, runDelivery } from '../support/deliveries';
import { answer, type RawScript } from '../support/raw-provider';

const MODIFIED = 'Mon, 02 Mar 2026 10:00:00 GMT';
const OF_RAW = [
  'ETag: "raw"',
  `Last-Modified: ${MODIFIED}`,
  'Accept-Ranges: bytes',
  'Content-MD5: raw',
  'Content-Digest: raw',
  'x-goog-hash: raw',
  'x-amz-checksum-crc32: raw',
];
const LISTED = ['content-md5', 'content-digest', 'x-goog-hash', 'x-amz-checksum-crc32'];

/** A store that knows conditions. */
const store: RawScript = ({ head, send }) => {
  if (/^if-none-match: ("raw"|\*)/im.test(head) || hasHeader(head, 'if-modified-since')) {
    return send(`HTTP/1.1 304 Not Modified\r\n${OF_RAW.join('\r\n')}\r\n\r\n`);
  }
  const bytes = answer('raw', OF_RAW);
  return send(head.startsWith('HEAD') ? bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4) : bytes);
};

const upperCase = (): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, chunk.toString().toUpperCase());
    },
  });
const upperCased = async function* ({ body }: BufferedContent) {
  for await (const chunk of body as AsyncIterable<Uint8Array>)
    yield Buffer.from(Buffer.from(chunk).toString().toUpperCase());
};

const KINDS = [
  ...DELIVERIES.map((delivery) => ['transformed', delivery, { transform: upperCase }] as const),
  ['converted', 'buffer', { convert: (content: BufferedContent) => ({ body: upperCased(content) }) }],
  ['converted by a copy', 'buffer', { convert: (given: BufferedContent) => ({ ...given, body: upperCased(given) }) }],
] as const;

describe.each(KINDS)('a %s file (%s)', (_how, delivery, provider) => {
  it.each([
    ['GET', [] as string[]],
    ['HEAD', []],
    ['GET', ['If-None-Match: "raw"']],
    ['HEAD', ['If-None-Match: "raw"']],
    ['GET', [`If-Modified-Since: ${MODIFIED}`]],
    ['GET', ['Range: bytes=0-0', 'If-Range: "raw"']],
  ])('%s with %j: is a 200 without the raw file’s validators', async (method, headers) => {
    await using running = await runDelivery(delivery, store, { provider, headers: { response: LISTED } });
    const { response } = await running.get({ method, headers });
    expect([response.status, response.body.toString()]).toEqual([200, method === 'GET' ? 'RAW' : '']);
    for (const name of ['etag', 'last-modified', ...LISTED]) {
      expect([name, response.headers.get(name)]).toEqual([name, undefined]);
    }
    for (const name of ['range', 'if-range', 'if-none-match', 'if-modified-since']) {
      expect([name, hasHeader(running.provider.requests[0], name)]).toEqual([name, false]);
    }
  });

  it.each([
    ['If-None-Match: *', 304],
    ['If-Match: "raw"', 412],
  ])('%s is about the file that is sent: %d', async (header, status) => {
    await using running = await runDelivery(delivery, store, { provider });
    const { response } = await running.get({ headers: [header] });
    expect([response.status, response.headers.has('etag'), response.headers.has('last-modified')]).toEqual([
      status,
      false,
      false,
    ]);
  });

  it('has the validators that its provider adds, and conditions are about those', async () => {
    await using running = await runDelivery(delivery, store, {
      provider: { ...provider, addHeaders: () => ({ ETag: '"made"' }) },
    });
    const asked = async (...headers: string[]) => (await running.get({ headers })).response;
    expect((await asked()).headers.get('etag')).toEqual(['"made"']);
    expect((await asked('If-None-Match: "made"')).status).toBe(304);
    expect((await asked('If-None-Match: "raw"')).status).toBe(200);
  });
});

describe('a file that its transformation leaves as it is', () => {
  it.each(DELIVERIES)('keeps its validators, and conditions are about those (%s)', async (delivery) => {
    await using running = await runDelivery(delivery, store, { provider: { transform: () => undefined } });
    const asked = async (...headers: string[]) => (await running.get({ headers })).response;
    const plain = await asked();
    expect([plain.body.toString(), plain.headers.get('etag')]).toEqual(['raw', ['"raw"']]);
    for (const header of ['If-None-Match: "raw"', `If-Modified-Since: ${MODIFIED}`]) {
      const { status, headers } = await asked(header);
      expect([status, headers.get('etag'), headers.has('content-length')]).toEqual([304, ['"raw"'], false]);
    }
    expect((await asked('If-Match: "other"')).status).toBe(412);
    expect((await asked('If-Match: "raw"')).status).toBe(200);
  });
});

it('a conversion that returns the very body keeps what was said of it', async () => {
  await using running = await runDelivery('buffer', store, {
    provider: { convert: (given: BufferedContent) => given },
  });
  const { response } = await running.get();
  expect(response.headers.get('etag')).toEqual(['"raw"']);
});

it('a response without content has no validators of raw bytes either', async () => {
  for (const provider of [
    { transform: () => new PassThrough() },
    { convert: ({ body }: BufferedContent) => ({ body }) },
  ]) {
    await using running = await runDelivery(
      'buffer',
      ({ send }) => send('HTTP/1.1 204 No Content\r\nETag: "raw"\r\n\r\n'),
      {
        provider,
      },
    );
    const { response } = await running.get();
    expect([response.status, response.headers.has('etag')]).toEqual([204, false]);
  }
});
