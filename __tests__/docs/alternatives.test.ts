// What the README and the guide to routes of one's own say about other ways to do this, checked as it is said there.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import axios from 'axios';
import express, { type RequestHandler } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { serve } from '../support/local-server';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
let provider: FakeProvider;

beforeAll(async () => {
  provider = await fakeProvider({
    files: {
      'file-1': 'hello',
      'file-cut': { content: Buffer.alloc(1000), fault: { kind: 'cut', afterBytes: 500, by: 'fin' } },
      'file-stalled': { content: 'hello', length: 10, fault: { kind: 'stall', afterBytes: 5 } },
    },
  });
});

afterAll(() => provider.close());

const proxied = (on = {}): RequestHandler => createProxyMiddleware({ target: provider.origin, changeOrigin: true, on });

describe('http-proxy-middleware', () => {
  test('ends a chunked download that was cut off as a complete 200, with its message in the body', async () => {
    let cut = (): unknown => undefined;
    await using upstream = await serve((req, res) => {
      res.write('hello');
      cut = () => req.socket.resetAndDestroy();
    });
    const proxy = createProxyMiddleware({ target: upstream.origin, changeOrigin: true });
    await using gateway = await serve(express().use(proxy));
    const response = await fetch(gateway.origin);
    expect(response.status).toBe(200);
    const received = Readable.fromWeb(response.body ?? new ReadableStream()).setEncoding('utf8');
    let body = '';
    for await (const piece of received) {
      body += piece;
      if (body === 'hello') cut();
    }
    expect(body).toMatch(/^helloError occurred while trying to proxy/);
    expect(readme).toContain('`Error occurred while trying to proxy` into the body');
  });

  test("passes the client's credential and cookies on to the provider", async () => {
    await using gateway = await serve(express().use(proxied()));
    const headers = { authorization: 'Bearer key of the client', cookie: 'session=1' };
    await fetch(`${gateway.origin}/v1/files/file-1/content`, { headers });
    expect(provider.requests.at(-1)?.headers).toMatchObject(headers);
  });

  test('has no event for a client that leaves during the body', async () => {
    const events: string[] = [];
    const names = ['error', 'econnreset', 'end', 'close'];
    const on = Object.fromEntries(names.map((name) => [name, () => events.push(name)]));
    const responses: ServerResponse[] = [];
    const app = express().use((_req, res, next) => next(void responses.push(res)), proxied(on));
    await using gateway = await serve(app);
    const leaving = new AbortController();
    await fetch(`${gateway.origin}/v1/files/file-stalled/content`, { signal: leaving.signal });
    const [response] = responses;
    const closed = once(response ?? app, 'close');
    leaving.abort();
    await closed;
    expect(await provider.requests.at(-1)?.ended).toBe('aborted');
    expect(events).toEqual([]);
  });
});

test('fetch decompresses the body and keeps its Content-Length: copying both breaks the download', async () => {
  const body = gzipSync('hello '.repeat(1000));
  const headers = { 'content-encoding': 'gzip', 'content-length': body.length };
  await using upstream = await serve((_req, res) => res.writeHead(200, headers).end(body));
  await using gateway = await serve(async (_req, res) => {
    const response = await fetch(upstream.origin);
    expect(response.headers.get('content-length')).toBe(String(body.length));
    res.writeHead(response.status, Object.fromEntries(response.headers));
    await pipeline(Readable.from(response.body ?? []), res).catch(() => undefined);
  });
  const download = fetch(gateway.origin).then((response) => response.text());
  await expect(download).rejects.toThrow();
});

describe('a body that the provider breaks off', () => {
  test('ends the process where the body of fetch is piped', async () => {
    const program = `
      const { createServer, get } = require('node:http');
      const { Readable } = require('node:stream');
      const server = createServer(async (req, res) => Readable.fromWeb((await fetch(process.argv[1])).body).pipe(res));
      server.listen(0, '127.0.0.1', () => get(server.address(), (res) => res.on('error', () => {}).resume()));
    `;
    const url = `${provider.baseURL}/files/file-cut/content`;
    const ended = promisify(execFile)(process.execPath, ['-e', program, url]);
    await expect(ended).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('TypeError: terminated') });
  });

  test('leaves the client waiting where the stream of axios is piped', async () => {
    const piped = Promise.withResolvers<ServerResponse>();
    await using gateway = await serve(async (_req, res) => {
      const { data } = await axios.get(`${provider.baseURL}/files/file-cut/content`, { responseType: 'stream' });
      data.once('close', () => piped.resolve(res));
      data.pipe(res);
    });
    const leaving = new AbortController();
    const response = await fetch(gateway.origin, { signal: leaving.signal });
    const { writableEnded, destroyed } = await piped.promise;
    expect({ writableEnded, destroyed }).toEqual({ writableEnded: false, destroyed: false });
    expect(response.headers.get('content-length')).toBeNull();
    leaving.abort();
  });
});
