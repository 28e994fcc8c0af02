import { Agent } from 'node:http';
import type { RequestHandler } from 'express';
import { openaiCompatible } from '../../../lib';
import { download } from '../../support/download';
import { startGateway } from '../../support/gateway';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { type RawScript, startRawProvider } from '../../support/raw-provider';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';

interface Case {
  readonly how: string;
  readonly script: RawScript;
  readonly body: string;
  readonly record: object;
}

/** A content that arrives together with its head takes a shorter way than one that has to be waited for. */
const CASES: readonly Case[] = [
  {
    how: 'in one piece with its head',
    script: ({ send }) => send(`${HEAD}Content-Length: 5\r\n\r\nhello`),
    body: 'hello',
    record: { outcome: 'completed', complete: 'yes', bytesSent: 5, bytesExpected: 5 },
  },
  {
    how: 'in one piece, empty',
    script: ({ send }) => send(`${HEAD}Content-Length: 0\r\n\r\n`),
    body: '',
    record: { outcome: 'completed', complete: 'yes', bytesSent: 0, bytesExpected: 0 },
  },
  {
    how: 'in one piece, with bytes that belong to no response',
    script: ({ send }) => send(`${HEAD}Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK`),
    body: 'hello',
    record: { outcome: 'completed', complete: 'yes', bytesSent: 5 },
  },
  {
    how: 'in one piece, chunked',
    script: ({ send }) => send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
    body: '5\r\nhello\r\n0\r\n\r\n',
    record: { outcome: 'completed', complete: 'yes', bytesSent: 5 },
  },
  {
    how: 'in one piece, as long as its connection',
    script: async ({ send, fin }) => {
      await send(`${HEAD}\r\nhello`);
      fin();
    },
    body: '5\r\nhello\r\n0\r\n\r\n',
    record: { outcome: 'completed', complete: 'unknown', bytesSent: 5 },
  },
  {
    how: 'in one piece, shorter than it was declared',
    script: async ({ send, fin }) => {
      await send(`${HEAD}Content-Length: 6\r\n\r\nhello`);
      fin();
    },
    body: 'hello',
    record: { outcome: 'upstream_truncated', complete: 'no', bytesSent: 5, bytesExpected: 6 },
  },
];

describe('a body of a few bytes', () => {
  it.each(CASES)('$how', async ({ script, body, record }) => {
    await using provider = await startRawProvider(script);
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ resolveProvider: () => held });
    using client = await connectRaw(app.port);
    client.send(requestBytes({ path: '/v1/files/file-1/content', connection: 'close' }));
    await client.closed;
    const bytes = client.bytes.toString('latin1');
    expect(bytes.slice(bytes.indexOf('\r\n\r\n') + 4)).toBe(body);
    expect(await app.recorded(1)).toMatchObject([record]);
  });

  it.each([256, 8 * 1024, 8 * 1024 + 1])('passes %d bytes of every value unchanged', async (length) => {
    const content = Buffer.from(Array.from({ length }, (_, index) => index % 256));
    await using provider = await startRawProvider(({ send }) =>
      send(Buffer.concat([Buffer.from(`${HEAD}Content-Length: ${length}\r\n\r\n`), content])),
    );
    await using app = await startGateway({ upstream: provider.origin });
    const { body } = await download(`${app.origin}/v1/files/file-1/content`);
    expect(body.equals(content)).toBe(true);
  });

  it('is given as bytes to a middleware that has replaced end', async () => {
    const given: unknown[] = [];
    const replace: RequestHandler = (_req, res, next) => {
      const end: unknown = res.end;
      res.end = (...values: unknown[]) => {
        given.push(values[0]);
        return Reflect.apply(end as () => typeof res, res, values);
      };
      next();
    };
    await using provider = await startRawProvider(({ send }) => send(`${HEAD}Content-Length: 5\r\n\r\nhello`));
    await using app = await startGateway({ upstream: provider.origin, before: [replace] });
    await download(`${app.origin}/v1/files/file-1/content`);
    expect(given).toEqual([Buffer.from('hello')]);
  });

  it('is a 502 if it is larger than allowed', async () => {
    await using provider = await startRawProvider(({ send }) => send(`${HEAD}Content-Length: 5\r\n\r\nhello`));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ resolveProvider: () => held, limits: { maxBytes: 4 } });
    using client = await connectRaw(app.port);
    client.send(requestBytes({ path: '/v1/files/file-1/content', connection: 'close' }));
    await client.closed;
    expect(client.bytes.toString('latin1')).toMatch(/^HTTP\/1\.1 502 /);
    expect(client.bytes.toString('latin1')).not.toContain('hello');
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'too_large', bytesSent: 0 }]);
  });
});

describe('a provider at an IPv6 address', () => {
  it.each(['http://[::1]:8000/v1?api-version=1', 'http://[::ffff:127.0.0.1]/v1?api-version=1'])(
    'is reached with its path and query: %s',
    async (base) => {
      await using provider = await startRawProvider(({ send }) => send(`${HEAD}Content-Length: 5\r\n\r\nhello`));
      const asked: string[] = [];
      const agent = new Agent();
      const connect = agent.createConnection.bind(agent);
      // Not every machine has IPv6: the address is looked at, the connection goes to the provider of this test.
      agent.createConnection = (options, callback) => {
        asked.push(`${options.host} ${options.port}`);
        return connect({ ...options, host: '127.0.0.1', port: provider.port }, callback);
      };
      const held = openaiCompatible({ name: 'held', baseURL: base });
      await using app = await startGateway({ resolveProvider: () => held, agents: { http: agent } });
      const response = await fetch(`${app.origin}/v1/files/file-1/content`);
      expect(await response.text()).toBe('hello');
      const { hostname, port } = new URL(base);
      expect(asked).toEqual([`${hostname.slice(1, -1)} ${port || 80}`]);
      expect(provider.requests[0]).toMatch(/^GET \/v1\/files\/file-1\/content\?api-version=1 HTTP\/1\.1\r\n/);
      agent.destroy();
    },
  );
});
