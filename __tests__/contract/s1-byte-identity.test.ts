import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { openaiCompatible } from '../../lib/index';
import type { FakeProvider } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { download, patternBytes } from '../support/download';
import { EXPRESS_MAJORS, type Gateway, startGateway } from '../support/gateway';

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const CONTENT_TYPES = [
  'application/octet-stream',
  'application/jsonl',
  'application/json',
  'text/html; charset=utf-8',
  'text/plain; charset=utf-16',
  'text/event-stream',
  'image/svg+xml',
  'image/png',
  'audio/mpeg',
  'multipart/byteranges; boundary=x',
  'application/x-not-registered; a="b;c"',
  undefined,
];

const KIB = 1024;
/** Around what streams and parsers cut at: a chunk's header, their buffers, a TLS record, the high-water mark. */
const SIZES = [
  0,
  1,
  2,
  15,
  16,
  255,
  4_095,
  4_096,
  16_383,
  16_384,
  16_385,
  65_535,
  65_536,
  65_537,
  1_048_577,
  8 * KIB * KIB,
];

describe.each(EXPRESS_MAJORS)('S1: a complete response is byte-identical to the provider (Express %i)', (express) => {
  let provider: FakeProvider;
  let app: Gateway;

  beforeAll(async () => {
    provider = await startContentProvider();
    const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
    app = await startGateway({ express, resolveProvider: () => held });
  });

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  describe.each(['declared', 'chunked'] as const)('with a length that is %s', (framing) => {
    it.each(SIZES)('of %i bytes', async (size) => {
      const content = patternBytes(size);
      provider.respond = (_request, response) => {
        response.writeHead(200, framing === 'declared' ? { 'content-length': size } : {});
        response.end(content);
      };
      const { status, headers, body } = await download(`${app.origin}/v1/files/file-1/content`);
      expect(status).toBe(200);
      expect(headers['content-length']).toBe(framing === 'declared' ? String(size) : undefined);
      expect(body.length).toBe(size);
      expect(sha256(body)).toBe(sha256(content));
    });

    it.each(CONTENT_TYPES)('of the type %s', async (type) => {
      const content = Buffer.concat([patternBytes(70_000), Buffer.from('\r\n0\r\n\r\n<script>é€\u0000')]);
      provider.respond = (_request, response) => {
        if (type !== undefined) response.setHeader('content-type', type);
        if (framing === 'declared') response.setHeader('content-length', content.length);
        response.end(content);
      };
      const { headers, body } = await download(`${app.origin}/v1/files/file-1/content`);
      expect(headers['content-type']).toBe(type);
      expect(sha256(body)).toBe(sha256(content));
    });
  });

  it.each([
    ['gzip', gzipSync(patternBytes(100_000))],
    ['br', brotliCompressSync(patternBytes(100_000))],
    ['gzip', Buffer.from('not gzip at all')],
  ])('coded as %s, without being decoded', async (coding, content) => {
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-encoding': coding, 'content-length': content.length });
      response.end(content);
    };
    const { headers, body } = await download(`${app.origin}/v1/files/file-1/content`, {
      headers: { 'accept-encoding': 'gzip, br' },
    });
    expect(headers).toMatchObject({ 'content-encoding': coding, 'content-length': String(content.length) });
    expect(sha256(body)).toBe(sha256(content));
  });

  it('written by the provider in pieces of every size', async () => {
    const content = patternBytes(200_000);
    provider.respond = (_request, response) => {
      response.writeHead(200);
      for (let at = 0, size = 1; at < content.length; at += size - 1, size += 7) {
        response.write(content.subarray(at, at + size));
        at += 1;
      }
      response.end();
    };
    const direct = await download(`${provider.origin}/v1/files/file-1/content`);
    const { body } = await download(`${app.origin}/v1/files/file-1/content`);
    expect(sha256(body)).toBe(sha256(direct.body));
  });

  it('for many clients at once, each with its own file', async () => {
    provider.respond = (request, response) => {
      const size = Number(/file-(\d+)/.exec(request.url ?? '')?.[1]);
      response.writeHead(200, { 'content-length': size });
      response.end(patternBytes(size));
    };
    const sizes = Array.from({ length: 60 }, (_, index) => 50_000 + index * 1_013);
    const bodies = await Promise.all(
      sizes.map(async (size) => (await download(`${app.origin}/v1/files/file-${size}/content`)).body),
    );
    expect(bodies.map(sha256)).toEqual(sizes.map((size) => sha256(patternBytes(size))));
  });
});
