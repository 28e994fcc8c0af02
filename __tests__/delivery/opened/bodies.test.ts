import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { OpenRequest } from '../../../lib/index';
import { watchProcess } from '../../support/leaks';
import { startOpened, watchedBody } from '../../support/opened';
import { rawRequest } from '../../support/raw-client';
import { answer, startRawProvider } from '../../support/raw-provider';

const PARTS = ['first,', 'second,', 'last'].map((text) => Buffer.from(text));
const WHOLE = Buffer.concat(PARTS);

async function* generate() {
  yield* PARTS;
}

const BODIES: readonly (readonly [string, () => OpenRequest | object])[] = [
  ['bytes', () => WHOLE],
  ['a Node stream', () => Readable.from(PARTS, { objectMode: false })],
  ['a Node stream of objects that are bytes', () => Readable.from(PARTS)],
  ['a web stream', () => watchedBody('web', PARTS).body],
  ['a web stream of Node’s', () => Readable.toWeb(Readable.from(PARTS))],
  ['a generator', () => generate()],
  ['an iterable', () => watchedBody('generator', PARTS).body],
  ['an iterable with empty chunks', () => watchedBody('generator', [Buffer.alloc(0), ...PARTS, Buffer.alloc(0)]).body],
  ['the body of a Blob', () => new Blob(PARTS).stream()],
];

describe.each(['stream', 'buffer'] as const)('an opened body (%s)', (delivery) => {
  it.each(BODIES)('%s arrives as it is', async (_name, body) => {
    const content = {
      body: body() as Buffer,
      contentType: 'text/csv',
      filename: 'ü.csv',
      etag: '"v1"',
      lastModified: new Date(0),
    };
    await using gateway = await startOpened(() => content, delivery);
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 200, complete: true, body: WHOLE });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': ['text/csv'],
      'content-disposition': [expect.stringContaining("filename*=UTF-8''%C3%BC.csv")],
      etag: ['"v1"'],
      'last-modified': ['Thu, 01 Jan 1970 00:00:00 GMT'],
      'x-content-type-options': ['nosniff'],
      'cache-control': ['private, no-transform'],
    });
    const isCounted = delivery === 'buffer' || Buffer.isBuffer(content.body);
    expect(response.headers.get('content-length')).toEqual(isCounted ? [String(WHOLE.length)] : undefined);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({
      outcome: 'completed',
      complete: 'yes',
      via: 'function',
      provider: 'own',
      delivery,
      bytesSent: WHOLE.length,
      attempts: 1,
    });
    expect(record).not.toHaveProperty('upstreamStatus');
  });

  it('of a declared length has it', async () => {
    await using gateway = await startOpened(() => ({ body: generate(), contentLength: WHOLE.length }), delivery);
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 200, complete: true, body: WHOLE, framing: 'length' });
  });

  it('that is empty is a whole one', async () => {
    await using gateway = await startOpened(() => ({ body: Readable.from([]), contentLength: 0 }), delivery);
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.alloc(0) });
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', bytesSent: 0 }]);
  });

  it('of a file on disk arrives', async () => {
    const content = await readFile(__filename);
    await using gateway = await startOpened(
      () => ({ body: createReadStream(__filename), contentLength: content.length }),
      delivery,
    );
    expect((await rawRequest(gateway.port)).response).toMatchObject({ complete: true, body: content });
  });

  it('is a file on disk that is not there', async () => {
    using watch = watchProcess();
    await using gateway = await startOpened(() => ({ body: createReadStream(`${__filename}.none`) }), delivery);
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 502, complete: true });
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'upstream_truncated', bytesSent: 0 });
    expect(record?.error?.cause).toMatchObject({ code: 'ENOENT' });
    watch.expectQuiet();
  });

  it('is a Response of fetch', async () => {
    await using provider = await startRawProvider(({ send }) =>
      send(
        answer(WHOLE, ['Content-Type: text/csv', 'ETag: "v1"', 'X-Request-Id: req_1', 'Set-Cookie: a=b', 'Server: x']),
      ),
    );
    await using gateway = await startOpened(({ signal }) => fetch(provider.origin, { signal }), delivery);
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 200, complete: true, body: WHOLE, framing: 'length' });
    expect(response.headers.get('etag')).toEqual(['"v1"']);
    expect(response.headers.get('content-type')).toEqual(['text/csv']);
    for (const name of ['set-cookie', 'server']) expect(response.headers.has(name)).toBe(false);
    expect(await gateway.recorded(1)).toMatchObject([
      { outcome: 'completed', via: 'function', upstreamStatus: 200, upstreamRequestId: 'req_1' },
    ]);
  });

  it('is a Response that fetch has decoded, whose length was another one', async () => {
    const { gzipSync } = await import('node:zlib');
    const coded = gzipSync(WHOLE);
    await using provider = await startRawProvider(({ send }) =>
      send(answer(coded, ['Content-Encoding: gzip', 'Content-Type: text/csv'])),
    );
    await using gateway = await startOpened(({ signal }) => fetch(provider.origin, { signal }), delivery);
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 200, complete: true, body: WHOLE });
    expect(response.headers.has('content-encoding')).toBe(false);
  });

  it('is a Response that refuses', async () => {
    await using provider = await startRawProvider(({ send }) =>
      send(
        answer('{"error":{"message":"gone","code":"no_such_file"}}', ['Content-Type: application/json'], '410 Gone'),
      ),
    );
    await using gateway = await startOpened(({ signal }) => fetch(provider.origin, { signal }), delivery);
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(410);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { message: 'gone', code: 'no_such_file' } });
    expect(await gateway.recorded(1)).toMatchObject([
      {
        outcome: 'upstream_error',
        upstreamStatus: 410,
        upstreamCode: 'no_such_file',
        error: { code: 'provider_error' },
      },
    ]);
  });

  it('may be a Response whose key was refused, and says so', async () => {
    await using gateway = await startOpened(() => new Response('no', { status: 401 }), delivery);
    expect((await rawRequest(gateway.port)).response.status).toBe(502);
    expect(await gateway.recorded(1)).toMatchObject([
      { outcome: 'upstream_error', error: { code: 'provider_auth_failed' } },
    ]);
  });

  it('to HEAD is not read', async () => {
    const watched = watchedBody('node', PARTS);
    const methods: string[] = [];
    await using gateway = await startOpened(({ method }) => {
      methods.push(method);
      return { body: watched.body, contentLength: WHOLE.length, contentType: 'text/csv' };
    }, delivery);
    const { response } = await rawRequest(gateway.port, { method: 'HEAD' });
    expect(response).toMatchObject({ status: 200 });
    expect(response.headers.get('content-length')).toEqual([String(WHOLE.length)]);
    expect(watched.fate).toEqual(['destroyed']);
    expect(watched.taken()).toBe(0);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', bytesSent: 0, via: 'function' }]);
    expect(methods).toEqual([delivery === 'stream' ? 'HEAD' : 'GET']);
  });
});
