import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express5 from 'express';
import { openaiCompatible } from '../../lib/index';
import type { FakeProvider } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { download, patternBytes } from '../support/download';
import { EXPRESS_MAJORS, type Gateway, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';
import { temporaryDirectory } from '../support/temporary-directory';

const CONTENT = patternBytes(100_000);

/** What of a response the two sides must have in common. */
const COMPARED = ['content-length', 'content-range', 'content-type', 'etag', 'last-modified', 'accept-ranges'];

const VARIANTS = EXPRESS_MAJORS.flatMap((express) =>
  (['stream', 'buffer'] as const).map((delivery) => ({ express, delivery })),
);

describe.each(VARIANTS)(
  'C2: HEAD, ranges and conditional requests ($delivery, Express $express)',
  ({ express, delivery }) => {
    let provider: Server;
    let origin: string;
    let app: Gateway;
    let etag: string;
    let lastModified: string;

    // The provider is a file server that people trust to know RFC 9110.
    beforeAll(async () => {
      const directory = await temporaryDirectory('ranges');
      await writeFile(join(directory, 'content.bin'), CONTENT);
      const files = express5();
      files.use('/files/:id/content', (_req, res) =>
        res.set('ETag', '"v1"').sendFile('content.bin', { root: directory }),
      );
      provider = createServer(files).listen(0, '127.0.0.1');
      await once(provider, 'listening');
      origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
      const held = openaiCompatible({ name: 'held', baseURL: origin });
      app = await startGateway({ express, resolveProvider: () => ({ provider: held, delivery }) });
      const { headers } = await download(`${origin}/files/f/content`);
      etag = headers.etag ?? '';
      lastModified = headers['last-modified'] ?? '';
    });

    afterAll(async () => {
      await app[Symbol.asyncDispose]();
      provider.closeAllConnections();
      provider.close();
    });

    const requests: readonly [string, string, () => Record<string, string>, number][] = [
      ['a plain request', 'GET', () => ({}), 200],
      ['HEAD', 'HEAD', () => ({}), 200],
      ['a range', 'GET', () => ({ range: 'bytes=10-19' }), 206],
      ['the first byte', 'GET', () => ({ range: 'bytes=0-0' }), 206],
      ['an open range', 'GET', () => ({ range: 'bytes=99990-' }), 206],
      ['a suffix', 'GET', () => ({ range: 'bytes=-7' }), 206],
      ['a range that ends beyond the file', 'GET', () => ({ range: 'bytes=99990-200000' }), 206],
      ['several ranges', 'GET', () => ({ range: 'bytes=0-1, 5-6' }), 200],
      ['another unit', 'GET', () => ({ range: 'lines=1-2' }), 200],
      ['a malformed range', 'GET', () => ({ range: 'bytes=a-b' }), 200],
      ['If-Range that matches', 'GET', () => ({ range: 'bytes=10-19', 'if-range': etag }), 206],
      ['If-Range that does not', 'GET', () => ({ range: 'bytes=10-19', 'if-range': '"other"' }), 200],
      ['If-Range with a date', 'GET', () => ({ range: 'bytes=10-19', 'if-range': lastModified }), 206],
      ['If-None-Match that matches', 'GET', () => ({ 'if-none-match': etag }), 304],
      ['If-None-Match in a list', 'GET', () => ({ 'if-none-match': `"a", ${etag}` }), 304],
      ['If-None-Match: *', 'GET', () => ({ 'if-none-match': '*' }), 304],
      ['If-None-Match that does not', 'GET', () => ({ 'if-none-match': '"a"' }), 200],
      ['If-Modified-Since', 'GET', () => ({ 'if-modified-since': lastModified }), 304],
      ['HEAD with If-None-Match', 'HEAD', () => ({ 'if-none-match': etag }), 304],
    ];

    it.each(requests)('%s', async (_what, method, headers, status) => {
      const asked = { method, headers: headers() };
      const direct = await download(`${origin}/files/f/content`, asked);
      const through = await download(`${app.origin}/v1/files/f/content`, asked);
      expect(direct.status).toBe(status);
      expect(through.status).toBe(status);
      for (const name of COMPARED) expect([name, through.headers[name]]).toEqual([name, direct.headers[name]]);
      expect(through.body.equals(direct.body)).toBe(true);
      const record = app.records.at(-1);
      expect(record).toMatchObject({ outcome: 'completed', status, bytesSent: through.body.length, complete: 'yes' });
    });

    it('HEAD with a range: as the provider responds, otherwise as RFC 9110, section 14.2 says', async () => {
      const { status, headers } = await download(`${app.origin}/v1/files/f/content`, {
        method: 'HEAD',
        headers: { range: 'bytes=0-9' },
      });
      expect([status, headers['content-length']]).toEqual(delivery === 'stream' ? [206, '10'] : [200, '100000']);
    });

    it('a range beyond the end is a 416 in OpenAI’s shape, with the length', async () => {
      const { status, headers, body } = await download(`${app.origin}/v1/files/f/content`, {
        headers: { range: 'bytes=100000-' },
      });
      expect(status).toBe(416);
      expect(headers['content-range']).toBe('bytes */100000');
      expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'range_not_satisfiable' } });
    });

    it('a condition that fails is a 412 in OpenAI’s shape', async () => {
      const { status, body } = await download(`${app.origin}/v1/files/f/content`, { headers: { 'if-match': '"a"' } });
      expect(status).toBe(412);
      expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'provider_error' } });
    });

    it('a connection carries on after HEAD, 304 and 206', async () => {
      using client = await connectRaw(app.port);
      const path = '/v1/files/f/content';
      client.send(requestBytes({ path, method: 'HEAD' }));
      client.send(requestBytes({ path, headers: [`If-None-Match: ${etag}`] }));
      client.send(requestBytes({ path, headers: ['Range: bytes=3-5'] }));
      client.send(requestBytes({ path }));
      const { responses } = await client.result(4, ['HEAD', 'GET', 'GET', 'GET']);
      expect(responses.map(({ status }) => status)).toEqual([200, 304, 206, 200]);
      expect(responses[2]?.body.equals(CONTENT.subarray(3, 6))).toBe(true);
      expect(responses[3]?.body.equals(CONTENT)).toBe(true);
    });
  },
);

describe('C2: a partial response that was not asked for is refused', () => {
  let provider: FakeProvider;

  beforeAll(async () => {
    provider = await startContentProvider();
  });

  afterAll(async () => {
    await provider[Symbol.asyncDispose]();
  });

  it.each([
    ['no range was asked for', undefined, 'bytes 0-6/9'],
    ['another start', 'bytes=2-5', 'bytes 0-3/9'],
    ['a later end', 'bytes=2-5', 'bytes 2-8/9'],
    ['no Content-Range', 'bytes=2-5', undefined],
    ['an impossible one', 'bytes=2-5', 'bytes 5-2/9'],
    ['another unit', 'bytes=2-5', 'lines 2-5/9'],
  ])('%s', async (_what, range, contentRange) => {
    provider.respond = (_request, response) => {
      if (contentRange !== undefined) response.setHeader('content-range', contentRange);
      response.writeHead(206).end('partial');
    };
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ resolveProvider: () => held });
    const { status, body } = await download(
      `${app.origin}/v1/files/f/content`,
      range === undefined ? {} : { headers: { range } },
    );
    expect(status).toBe(502);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'provider_invalid_response' } });
  });
});
