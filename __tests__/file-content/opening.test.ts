import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { bufferedProvider, contentDigest, openaiCompatible } from '../../lib/index';
import { fakeProvider } from '../../lib/testing/index';
import { patternBytes } from '../support/download';
import { expectReleased, takeBaseline } from '../support/leaks';
import { bytesOf, startOpening } from '../support/opening';
import { answer, startRawProvider } from '../support/raw-provider';

const DELIVERIES = ['stream', 'buffer'] as const;

function chunked(content: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${content.length.toString(16)}\r\n`;
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n0\r\n\r\n')]);
}

describe.each(DELIVERIES)('a file that is opened, delivered by %s', (delivery) => {
  it('has the head that a client would get, the bytes, and one record', async () => {
    const lines = ['ETag: "v1"', 'Content-Type: text/plain', 'Content-Disposition: inline; filename="a.txt"'];
    await using opening = await startOpening(({ send }) => send(answer('hello', [...lines, 'Set-Cookie: a=b'])));
    const file = await opening.open({ delivery, tenant: 'acme', context: { job: 7 } });
    expect(file).toMatchObject({
      status: 200,
      contentLength: 5,
      contentType: 'text/plain',
      filename: 'a.txt',
      etag: '"v1"',
      headers: { 'content-type': 'text/plain', 'content-length': '5', etag: '"v1"' },
    });
    expect(Object.keys(file.headers)).not.toContain('set-cookie');
    expect((await bytesOf(file)).toString()).toBe('hello');
    const record = await file.record;
    expect(record).toMatchObject({
      method: 'GET',
      fileId: 'file-1',
      provider: 'held',
      delivery,
      outcome: 'completed',
      status: 200,
      bytesSent: 5,
      complete: 'yes',
      tenant: 'acme',
      context: { job: 7 },
    });
    expect(opening.gateway.records).toEqual([record]);
    expect(opening.gateway.starts).toMatchObject([{ method: 'GET', fileId: 'file-1', provider: 'held' }]);
    expect(opening.files.active()).toEqual([]);
  });

  it('is a large one byte for byte, whether its length is declared or not', async () => {
    const content = patternBytes(5_000_003);
    for (const framing of ['length', 'chunked'] as const) {
      await using opening = await startOpening(({ send }) =>
        send(framing === 'length' ? answer(content) : chunked(content)),
      );
      const file = await opening.open({ delivery });
      expect((await bytesOf(file)).equals(content)).toBe(true);
      expect(await file.record).toMatchObject({ outcome: 'completed', bytesSent: content.length });
      if (delivery === 'stream') expect(file.contentLength).toBe(framing === 'length' ? content.length : undefined);
      expect(Object.keys(file.headers)).not.toContain('transfer-encoding');
    }
  });

  it('is a part of the file if a range is requested', async () => {
    await using provider = await fakeProvider({
      files: { 'file-1': { content: '0123456789', headers: { etag: '"v1"' } } },
    });
    await using opening = await startOpening(() => undefined);
    const held = openaiCompatible({ name: 'held', baseURL: provider.baseURL });
    const open = async (range: { start: number; end?: number }, ifRange?: string) => {
      const file = await opening.files.open({ provider: held, fileId: 'file-1', delivery, range, ifRange });
      return { status: file.status, contentRange: file.headers['content-range'], text: String(await bytesOf(file)) };
    };
    const part = { status: 206, contentRange: 'bytes 2-4/10', text: '234' };
    expect(await open({ start: 2, end: 4 })).toEqual(part);
    expect(await open({ start: 8 })).toEqual({ status: 206, contentRange: 'bytes 8-9/10', text: '89' });
    expect(await open({ start: 2, end: 4 }, '"v1"')).toEqual(part);
    expect(await open({ start: 2, end: 4 }, '"v0"')).toMatchObject({ status: 200, text: '0123456789' });
    await expect(open({ start: 10 })).rejects.toMatchObject({ code: 'range_not_satisfiable', status: 416 });
    expect((await opening.gateway.recorded(5))[4]).toMatchObject({
      outcome: delivery === 'stream' ? 'upstream_error' : 'rejected',
      status: 416,
    });
  });

  it('is the whole file where the provider ignores ranges and the file is streamed', async () => {
    await using opening = await startOpening(({ send }) => send(answer('0123456789')));
    const file = await opening.open({ delivery, range: { start: 2, end: 4 } });
    expect(file.status).toBe(delivery === 'stream' ? 200 : 206);
    expect(String(await bytesOf(file))).toBe(delivery === 'stream' ? '0123456789' : '234');
  });

  it('is empty where the file is', async () => {
    await using opening = await startOpening(({ send }) => send(answer('')));
    const file = await opening.open({ delivery });
    expect(file.contentLength).toBe(0);
    expect((await bytesOf(file)).length).toBe(0);
    expect(await file.record).toMatchObject({ outcome: 'completed', bytesSent: 0, complete: 'yes' });
  });

  it('is seen by taps', async () => {
    await using opening = await startOpening(({ send }) => send(answer('hello')));
    const digests: string[] = [];
    const file = await opening.open({ delivery, taps: [contentDigest('sha256', (hex) => digests.push(hex))] });
    await bytesOf(file);
    await file.record;
    expect(digests).toEqual([createHash('sha256').update('hello').digest('hex')]);
  });

  it('is requested with a new credential if the first is refused', async () => {
    const keys = ['old', 'new'];
    await using provider = await startRawProvider(({ send, head }) =>
      send(head.includes('Bearer new') ? answer('hello') : answer('{}', [], '401 Unauthorized')),
    );
    await using opening = await startOpening(() => undefined);
    const apiKey = (): string => keys.shift() ?? 'new';
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin, apiKey });
    const file = await opening.files.open({ provider: held, fileId: 'file-1', delivery });
    expect(String(await bytesOf(file))).toBe('hello');
    expect(await file.record).toMatchObject({ outcome: 'completed', attempts: 2 });
  });

  it('follows a redirect where the contract of its provider has one', async () => {
    await using opening = await startOpening(
      ({ send, head }) =>
        send(head.includes('/signed') ? answer('hello') : answer('', ['Location: /signed'], '302 Found')),
      { provider: { redirects: 'follow' } },
    );
    expect(String(await bytesOf(await opening.open({ delivery })))).toBe('hello');
    expect(opening.provider.requests).toHaveLength(2);
  });

  it('passes through the transformation of its provider', async () => {
    const upper = (): Transform =>
      new Transform({ transform: (chunk, _encoding, done) => done(null, String(chunk).toUpperCase()) });
    await using opening = await startOpening(({ send }) => send(answer('hello')), { provider: { transform: upper } });
    const file = await opening.open({ delivery });
    expect(String(await bytesOf(file))).toBe('HELLO');
  });
});

it('brings what a function fetches, and what a conversion makes', async () => {
  await using opening = await startOpening(({ send }) => send(answer('hello', ['Content-Type: text/plain'])), {
    provider: { convert: async () => ({ body: Buffer.from('converted'), filename: 'c.txt' }) },
  });
  const converted = await opening.open();
  expect(converted).toMatchObject({ filename: 'c.txt', contentLength: 9 });
  expect(String(await bytesOf(converted))).toBe('converted');
  const fetched = bufferedProvider({
    name: 'database',
    fetchContent: async () => ({ body: Buffer.from('fetched'), contentType: 'text/csv', etag: '"1"' }),
  });
  const file = await opening.open({ provider: fetched });
  expect(file).toMatchObject({ contentType: 'text/csv', etag: '"1"', contentLength: 7 });
  expect(String(await bytesOf(file))).toBe('fetched');
  expect(await file.record).toMatchObject({ via: 'function', delivery: 'buffer', outcome: 'completed' });
  expect(await opening.gateway.temporaryFiles()).toEqual([]);
});

it('is named by its target, which may also add headers', async () => {
  await using opening = await startOpening(({ send }) => send(answer('hello')));
  const more = { filename: 'bericht.csv', contentType: 'text/csv', responseHeaders: { 'x-job': '7' } };
  const file = await opening.open(more);
  expect(file).toMatchObject({ filename: 'bericht.csv', contentType: 'text/csv', headers: { 'x-job': '7' } });
  await bytesOf(file);
});

it('asks for what the target names: ids, parameters, query', async () => {
  await using opening = await startOpening(({ send }) => send(answer('hello')), { provider: { query: ['variant'] } });
  const query = new URLSearchParams({ variant: 'thumbnail', other: '1' });
  const file = await opening.open({ fileId: 'video_1', resource: 'videos', query });
  await bytesOf(file);
  expect(opening.provider.requests[0]).toMatch(/^GET \/v1\/videos\/video_1\/content\?variant=thumbnail HTTP/);
  expect(await file.record).toMatchObject({ resource: 'videos', fileId: 'video_1' });
});

it('keeps the connection for the next file', async () => {
  await using opening = await startOpening(({ send }) => send(answer('hello')));
  await bytesOf(await opening.open());
  await bytesOf(await opening.open());
  expect(opening.provider.connections).toHaveLength(1);
});

it('leaves nothing behind', async () => {
  const baseline = await takeBaseline();
  {
    await using opening = await startOpening(({ send }) => send(answer(patternBytes(300_000))));
    for (const delivery of DELIVERIES) {
      const { signal } = new AbortController();
      const file = await opening.open({ delivery, signal });
      await bytesOf(file);
      expect(file.body.listenerCount('data')).toBe(0);
    }
    await opening.files.close();
  }
  await expectReleased(baseline);
});
