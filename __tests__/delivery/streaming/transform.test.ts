import { Transform } from 'node:stream';
import { type LocatedProvider, openaiCompatible } from '../../../lib';
import type { FakeProvider } from '../../../lib/testing/index';
import { startContentProvider } from '../../support/content-provider';
import { download, patternBytes } from '../../support/download';
import { type Gateway, startGateway } from '../../support/gateway';

function upperCase(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, chunk.toString('latin1').toUpperCase());
    },
  });
}

describe('a provider that changes bytes as they pass', () => {
  let provider: FakeProvider;

  beforeAll(async () => {
    provider = await startContentProvider();
    provider.respond = (request, response) => {
      response.writeHead(200, {
        'content-type': 'text/plain',
        'content-length': 5,
        'accept-ranges': 'bytes',
        etag: '"v1"',
        'content-encoding': 'identity',
        'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT',
      });
      response.end(request.method === 'HEAD' ? undefined : 'hello');
    };
  });

  beforeEach(() => {
    provider.clear();
  });

  afterAll(async () => {
    await provider[Symbol.asyncDispose]();
  });

  function start(transform: LocatedProvider['transform']): Promise<Gateway> {
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    return startGateway({ resolveProvider: () => ({ ...held, ...(transform && { transform }) }) });
  }

  it('streams, without headers that describe only the untransformed bytes', async () => {
    await using app = await start(upperCase);
    const { status, headers, body } = await download(`${app.origin}/v1/files/file-1/content`);
    expect([status, body.toString()]).toEqual([200, 'HELLO']);
    for (const name of ['content-length', 'accept-ranges', 'etag', 'content-encoding', 'content-range']) {
      expect([name, headers[name]]).toEqual([name, undefined]);
    }
    expect(headers['content-type']).toBe('text/plain');
    expect(await app.recorded(1)).toMatchObject([
      { outcome: 'completed', complete: 'yes', bytesSent: 5, delivery: 'stream' },
    ]);
    expect(app.records[0]).not.toHaveProperty('bytesExpected');
  });

  it('gets no range that would be one of other positions', async () => {
    await using app = await start(upperCase);
    const asked = { headers: { range: 'bytes=1-2', 'if-range': '"v1"' } };
    expect((await download(`${app.origin}/v1/files/file-1/content`, asked)).body.toString()).toBe('HELLO');
    expect(provider.requests[0]?.headers).not.toHaveProperty('range');
    expect(provider.requests[0]?.headers).not.toHaveProperty('if-range');
  });

  it('promises no length to HEAD either', async () => {
    await using app = await start(upperCase);
    const { status, headers } = await download(`${app.origin}/v1/files/file-1/content`, { method: 'HEAD' });
    expect([status, headers['content-length'], headers.etag]).toEqual([200, undefined, undefined]);
  });

  it('is told of the response, and may leave it as it is', async () => {
    const seen: unknown[] = [];
    await using app = await start((response) => {
      seen.push(response.status, response.headers['content-type']);
      return undefined;
    });
    const { headers, body } = await download(`${app.origin}/v1/files/file-1/content`);
    expect([headers['content-length'], headers.etag, body.toString()]).toEqual(['5', '"v1"', 'hello']);
    expect(seen).toEqual([200, 'text/plain']);
  });

  it('that throws leads to a 502 without details', async () => {
    await using app = await start(() => {
      throw new Error('secret detail');
    });
    const { status, body } = await download(`${app.origin}/v1/files/file-1/content`);
    expect(status).toBe(502);
    expect(body.toString()).not.toContain('secret');
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_error', error: { code: 'provider_error' } }]);
  });

  it('may make more of less, without a limit to memory being lost', async () => {
    const content = patternBytes(2_000_000);
    await using app = await start(
      () =>
        new Transform({
          transform(_chunk, _encoding, done) {
            for (let at = 0; at < content.length; at += 100_000) this.push(content.subarray(at, at + 100_000));
            done();
          },
        }),
    );
    const { body } = await download(`${app.origin}/v1/files/file-1/content`);
    expect(body.equals(content)).toBe(true);
  });
});
