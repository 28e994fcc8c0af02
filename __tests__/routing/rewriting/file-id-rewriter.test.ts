import { once } from 'node:events';
import { get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import compression from 'compression';
import express, { type Request } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import OpenAI from 'openai';
import {
  FileContentError,
  type FileIdRewriterOptions,
  fileIdCodec,
  fileIdRewriter,
  rewriteFileIds,
} from '../../../lib';
import { type LocalServer, serve } from '../../support/local-server';

const FILE = { id: 'file-1', object: 'file', bytes: 7, created_at: 1, filename: 'a.jsonl', purpose: 'batch' };
const SIGNED = { ...FILE, id: 'signed-file-1' };
const encode = (id: string): string => `signed-${id}`;

/** An application whose only handler is behind the middleware. */
function behind(
  handler: (req: IncomingMessage, res: ServerResponse) => void,
  options?: Partial<FileIdRewriterOptions>,
): Promise<LocalServer> {
  const rewrite = fileIdRewriter({ encode, ...options });
  return serve((req, res) => rewrite(req, res, () => handler(req, res)));
}

describe('JSON behind the middleware', () => {
  it.each<[string, (res: ServerResponse) => void]>([
    ['at once', (res) => res.setHeader('content-type', 'application/json').end(JSON.stringify(FILE))],
    [
      'with a head of its own',
      (res) =>
        res
          .writeHead(200, 'Fine', {
            'Content-Type': 'application/json; charset=utf-8',
            'Content-Length': 500,
            etag: '"x"',
          })
          .end(Buffer.from(JSON.stringify(FILE))),
    ],
    [
      'with a head in a list',
      (res) => res.writeHead(200, ['Content-Type', 'application/json', 'ETag', '"x"']).end(JSON.stringify(FILE)),
    ],
    [
      'in pieces, some of which are reused',
      (res) => {
        res.setHeader('content-type', 'application/vnd.api+json');
        res.flushHeaders();
        const piece = Buffer.alloc(1);
        for (const byte of Buffer.from(JSON.stringify(FILE))) {
          piece[0] = byte;
          res.write(piece);
        }
        res.write('0a', 'hex', () => res.end(() => undefined));
      },
    ],
  ])('written %s has the ids of the gateway and a length that is true', async (_what, write) => {
    await using app = await behind((_req, res) => write(res));
    const response = await fetch(`${app.origin}/v1/files`);
    const text = await response.text();
    expect([response.status, JSON.parse(text)]).toEqual([200, SIGNED]);
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(response.headers.get('etag')).toBeNull();
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', (bytes: Buffer) => bytes],
  ] as const)('in the coding %s is decoded, or refused', async (coding, compress) => {
    await using app = await behind((_req, res) => {
      res.writeHead(200, {
        'content-type': 'application/json',
        'content-encoding': coding,
        'transfer-encoding': 'chunked',
      });
      res.end(compress(Buffer.from(coding === 'zstd' ? 'x' : JSON.stringify(FILE))));
    });
    const response = await fetch(`${app.origin}/v1/files`);
    expect(response.headers.get('content-encoding')).toBeNull();
    if (coding === 'zstd') expect(response.status).toBe(502);
    else expect(await response.json()).toEqual(SIGNED);
  });

  it('that grows beyond the limit, also when it is unpacked, is a 502', async () => {
    for (const body of [Buffer.alloc(2000, 32), gzipSync(Buffer.alloc(2000, 32))]) {
      await using app = await behind(
        (_req, res) => {
          const coding = body.length < 2000 ? { 'content-encoding': 'gzip' } : {};
          res.writeHead(200, { 'content-type': 'application/json', ...coding }).end(body);
        },
        { maxBytes: 1000 },
      );
      const response = await fetch(`${app.origin}/v1/files`);
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ error: { code: expect.any(String) } });
    }
  });

  it('that is not JSON is a 502, an error page of that kind and an empty body pass', async () => {
    await using app = await behind((req, res) => {
      res.statusCode = req.url === '/bad' ? 503 : 200;
      res.setHeader('content-type', 'application/json').end(req.url === '/empty' ? '' : '<html> file-1');
    });
    expect((await fetch(`${app.origin}/`)).status).toBe(502);
    const page = await fetch(`${app.origin}/bad`);
    expect([page.status, await page.text()]).toEqual([503, '<html> file-1']);
    expect((await fetch(`${app.origin}/empty`)).status).toBe(200);
  });

  it('whose ids cannot be encoded is an error without them', async () => {
    const said: unknown[] = [];
    const spy = jest.spyOn(console, 'error').mockImplementation((line: unknown) => void said.push(line));
    try {
      for (const [thrown, status] of [
        [new FileContentError('rate_limited', 'Slowly.', { headers: { 'retry-after': '5' } }), 429],
        [new Error('no key'), 500],
      ] as const) {
        const fail = (): never => {
          throw thrown;
        };
        await using app = await behind(
          (_req, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(FILE)),
          { encode: fail },
        );
        const response = await fetch(`${app.origin}/v1/files`);
        expect(response.status).toBe(status);
        expect(await response.text()).not.toContain('file-1');
      }
    } finally {
      spy.mockRestore();
    }
    expect(said).toEqual([expect.stringContaining('fileIdRewriter: Error: no key')]);
  });
});

describe('what passes as it is', () => {
  it('other types, as they arrive', async () => {
    await using app = await behind((_req, res) => {
      res.setHeader('content-type', 'text/event-stream');
      res.write('data: {"id":"file-1","object":"file"}\n\n');
    });
    const [response] = (await once(get(`${app.origin}/v1/responses`), 'response')) as [IncomingMessage];
    const [first] = await once(response, 'data');
    expect(String(first)).toContain('"file-1"');
  });

  it('the content of a file, even of JSON', async () => {
    await using app = await behind((req, res) => {
      res.setHeader('content-type', 'application/json');
      if (req.url === '/download') res.setHeader('content-disposition', 'attachment');
      res.end(JSON.stringify(FILE));
    });
    for (const path of ['/v1/files/file-1/content', '/v1/files/file-1/content?x=1', '/download']) {
      expect(await (await fetch(app.origin + path)).json()).toEqual(FILE);
    }
  });

  it('HEAD, without what describes other bytes', async () => {
    await using app = await behind((_req, res) =>
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': 90, etag: '"x"' }).end(),
    );
    const sent = request(`${app.origin}/v1/files`, { method: 'HEAD' }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.headers).not.toHaveProperty('etag');
    expect(response.headers).not.toHaveProperty('content-length');
  });
});

it("OpenAI's SDK sees signed ids alone, whose requests reach the provider with its own", async () => {
  const asked: string[] = [];
  await using provider = await serve(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    asked.push(`${req.method} ${req.url} ${req.method === 'POST' ? Buffer.concat(chunks).toString() : ''}`.trim());
    const batch = {
      id: 'batch_1',
      object: 'batch',
      input_file_id: 'file-1',
      output_file_id: 'file-2',
      error_file_id: null,
    };
    const answer =
      req.method === 'POST'
        ? batch
        : { object: 'list', data: [FILE], first_id: 'file-1', last_id: 'file-1', has_more: false };
    const body = gzipSync(JSON.stringify(answer));
    res.writeHead(200, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-length': body.length,
    });
    res.end(body);
  });
  const codec = fileIdCodec({ keys: [Buffer.alloc(32, 1)] });
  const app = express();
  app.use(compression({ threshold: 0 }));
  app.use(
    '/v1',
    fileIdRewriter({
      encode: async (fileId, _found, req: Request) =>
        codec.encode({ provider: 'openai', fileId, tenant: req.get('x-tenant') ?? '' }),
    }),
    createProxyMiddleware({
      target: `${provider.origin}/v1`,
    }),
  );
  await using gateway = await serve(app);
  const client = new OpenAI({ apiKey: 'k', baseURL: `${gateway.origin}/v1`, defaultHeaders: { 'x-tenant': 'acme' } });

  const page = await client.files.list();
  const id = page.data[0]?.id ?? '';
  expect(codec.decode(id)).toEqual({ provider: 'openai', fileId: 'file-1', tenant: 'acme' });
  const body = rewriteFileIds(
    { input_file_id: id, endpoint: '/v1/chat/completions' as const, completion_window: '24h' as const },
    (signed) => codec.decode(signed)?.fileId,
  );
  const batch = await client.batches.create(body);
  expect(codec.decode(batch.output_file_id ?? '')?.fileId).toBe('file-2');
  expect([batch.id, batch.error_file_id]).toEqual(['batch_1', null]);
  expect(asked[1]).toContain('"input_file_id":"file-1"');
});

describe('options that cannot work', () => {
  it.each<[unknown, RegExp]>([
    [{}, /fileIdRewriter: "encode" must be a function, got undefined/],
    [{ encode, maxBytes: 0 }, /fileIdRewriter: "maxBytes" must be a positive integer, got number 0/],
    [{ encode, batches: 'yes' }, /fileIdRewriter: "batches" must be true or false/],
    [{ encode, batchs: true }, /fileIdRewriter: unknown option "batchs".* Did you mean `batches`\?/],
  ])('%p', (options, message) => {
    expect(() => fileIdRewriter(options as FileIdRewriterOptions)).toThrow(message);
  });
});
