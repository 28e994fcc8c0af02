import { openaiCompatible } from '../../lib/index';
import { EXPRESS_MAJORS, type GatewayOptions, startGateway } from '../support/gateway';
import { connectRaw, type RawResponse, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

describe.each(EXPRESS_MAJORS)(
  'C1: the contract’s headers reach the client as they were sent (Express %i)',
  (express) => {
    async function through(
      given: readonly string[],
      options: Partial<GatewayOptions> = {},
      statusLine?: string,
    ): Promise<RawResponse> {
      await using provider = await startRawProvider(({ send }) => send(answer('hello', given, statusLine)));
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      await using app = await startGateway({ express, resolveProvider: () => held, ...options });
      using client = await connectRaw(app.port);
      client.send(requestBytes({ headers: ['Range: bytes=0-4'] }));
      const { response } = await client.result();
      return response;
    }

    it.each([
      ['Content-Type', 'application/octet-stream'],
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Disposition', 'attachment; filename="dataset.jsonl"'],
      ['Content-Disposition', `attachment; filename="naive.txt"; filename*=UTF-8''na%C3%AFve.txt`],
      ['x-request-id', 'req_0a1b2c'],
      ['openai-version', '2020-10-01'],
      ['openai-processing-ms', '41'],
      ['ETag', '"strong"'],
      ['ETag', 'W/"weak"'],
      ['Last-Modified', 'Sun, 01 Nov 2026 00:00:00 GMT'],
      ['Accept-Ranges', 'bytes'],
      ['Content-Encoding', 'gzip'],
      ['Content-Language', 'de'],
      ['retry-after', '120'],
    ])('%s: %s', async (name, value) => {
      const response = await through([`${name}: ${value}`]);
      expect(response.status).toBe(200);
      expect(response.headers.get(name.toLowerCase())).toEqual([value]);
      expect(response.headers.get('content-length')).toEqual(['5']);
    });

    it('Content-Range with a 206', async () => {
      const response = await through(['Content-Range: bytes 0-4/9'], {}, '206 Partial Content');
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toEqual(['bytes 0-4/9']);
    });

    it.each([
      ['no disposition', [], 'attachment'],
      ['inline', ['Content-Disposition: inline'], 'attachment'],
      ['inline with a name', ['Content-Disposition: inline; filename="page.html"'], 'attachment; filename="page.html"'],
      ['nonsense', ['Content-Disposition: ;;;='], 'attachment'],
      ['a path', ['Content-Disposition: inline; filename="../../etc/passwd"'], 'attachment; filename="passwd"'],
      [
        'UTF-8 bytes',
        [`Content-Disposition: attachment; filename="${Buffer.from('né.txt').toString('latin1')}"`],
        `attachment; filename="n_.txt"; filename*=UTF-8''n%C3%A9.txt`,
      ],
      [
        'letters that Node would make line breaks of',
        [`Content-Disposition: attachment; filename="${Buffer.from('a\u010d\u010aX-Injected: 1').toString('latin1')}"`],
        /^attachment; filename="a__X-Injected_ 1"; filename\*=UTF-8''a%C4%8D%C4%8AX-Injected_%201$/,
      ],
    ])('T7: %s becomes a download that cannot run', async (_what, given, expected) => {
      const response = await through([...given, 'Content-Type: text/html']);
      const [disposition] = response.headers.get('content-disposition') ?? [];
      if (typeof expected === 'string') expect(disposition).toBe(expected);
      else expect(disposition).toMatch(expected);
      expect(response.headers.get('x-content-type-options')).toEqual(['nosniff']);
      expect(response.headers.get('cache-control')).toEqual(['private, no-transform']);
      expect(response.headers.has('x-injected')).toBe(false);
    });

    it('the gateway’s own headers are added, those of earlier middleware stay, except content headers', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('hello')));
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      await using app = await startGateway({
        express,
        resolveProvider: () => ({
          provider: held,
          responseHeaders: {
            'X-Gateway': 'yes',
            'Cache-Control': 'private, max-age=60',
            'Content-Disposition': 'inline; filename="a.html"',
          },
        }),
        before: [
          (_req, res, next) => {
            res.set({
              'Access-Control-Allow-Origin': '*',
              'Content-Type': 'text/html',
              'Content-Encoding': 'br',
              'Content-Length': '3',
              ETag: '"of something else"',
            });
            next();
          },
        ],
      });
      const response = await fetch(`${app.origin}/v1/files/file-1/content`);
      expect(await response.text()).toBe('hello');
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-gateway': 'yes',
        'access-control-allow-origin': '*',
        'cache-control': 'private, max-age=60, no-transform',
        'content-disposition': 'attachment; filename="a.html"',
        'content-length': '5',
      });
      for (const name of ['content-type', 'content-encoding', 'etag']) expect(response.headers.has(name)).toBe(false);
    });

    it.each(['chunked', 'gzip, chunked', 'identity'])(
      'a Transfer-Encoding of earlier middleware (%s) leaves a body without a length framed',
      async (coding) => {
        await using provider = await startRawProvider(({ send }) =>
          send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
        );
        const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
        await using app = await startGateway({
          express,
          resolveProvider: () => held,
          before: [
            (_req, res, next) => {
              res.setHeader('Transfer-Encoding', coding);
              next();
            },
          ],
        });
        using client = await connectRaw(app.port);
        client.send(requestBytes());
        const { response } = await client.result();
        expect(response.headers.get('transfer-encoding')).toEqual(['chunked']);
        expect(response.body.toString()).toBe('hello');
        expect(response.complete).toBe(true);
      },
    );
  },
);
