import type { ErrorRequestHandler } from 'express';
import { isFileContentError, openaiCompatible } from '../../../lib';
import { download } from '../../support/download';
import { EXPRESS_MAJORS, type Gateway, startGateway } from '../../support/gateway';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../../support/raw-provider';

const busy: RawScript = ({ send }) =>
  send(answer('{"error":{"message":"Busy."}}', ['Retry-After: 7', 'X-Request-Id: req_1'], '503 Service Unavailable'));

describe.each(EXPRESS_MAJORS)("errors: 'next' (Express %i)", (express) => {
  async function run(
    script: RawScript,
    handler: ErrorRequestHandler | undefined,
    use: (app: Gateway) => Promise<void>,
  ): Promise<void> {
    await using provider = await startRawProvider(script);
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({
      express,
      errors: 'next',
      resolveProvider: () => held,
      after: (behind) => void (handler && behind.use(handler)),
    });
    await use(app);
    await app.recorded(1);
    expect(app.records).toHaveLength(1);
  }

  it('gives the application an error that Express understands, with nothing sent', async () => {
    const seen: unknown[] = [];
    const handler: ErrorRequestHandler = (error, _req, res, _next) => {
      seen.push(error, res.headersSent);
      res.status(418).set(error.headers).json({ mine: error.code });
    };
    await run(busy, handler, async (app) => {
      const { status, headers, body } = await download(`${app.origin}/v1/files/file-1/content`);
      expect([status, body.toString()]).toEqual([418, '{"mine":"provider_error"}']);
      expect(headers).toMatchObject({ 'retry-after': '7', 'x-request-id': 'req_1' });
      expect(seen[1]).toBe(false);
      expect(isFileContentError(seen[0])).toBe(true);
      expect(seen[0]).toMatchObject({ code: 'provider_error', status: 503, statusCode: 503, provider: 'held' });
      expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_error', status: 418, upstreamStatus: 503 }]);
    });
  });

  it('gets its response from Express if the application has no handler', async () => {
    await run(busy, undefined, async (app) => {
      const { status, headers, body } = await download(`${app.origin}/v1/files/file-1/content`);
      expect(status).toBe(503);
      expect(headers['retry-after']).toBe('7');
      expect(body.toString()).toContain('Busy.');
      expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_error', status: 503 }]);
    });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('handler');
      },
      500,
    ],
    [
      'hands the error on',
      (error: unknown, _req: unknown, _res: unknown, next: (error: unknown) => void) => next(error),
      503,
    ],
    [
      'answers much later',
      (_error: unknown, _req: unknown, res: { status(code: number): { end(): void } }, _next: unknown) =>
        void setImmediate(() => res.status(599).end()),
      599,
    ],
  ] satisfies [string, (...given: never[]) => void, number][])(
    'is answered once by a handler that %s',
    async (_how, handle, expected) => {
      const handler: ErrorRequestHandler = (error, req, res, next) =>
        Reflect.apply(handle, undefined, [error, req, res, next]);
      await run(busy, handler, async (app) => {
        using client = await connectRaw(app.port);
        client.send(requestBytes({ connection: 'close' }));
        await client.closed;
        expect(client.responses().map(({ status }) => status)).toEqual([expected]);
      });
    },
  );

  it('works for HEAD, too', async () => {
    await run(busy, undefined, async (app) => {
      const { status, body } = await download(`${app.origin}/v1/files/file-1/content`, { method: 'HEAD' });
      expect([status, body.length]).toEqual([503, 0]);
    });
  });

  it('destroys the connection if the body has begun, and calls no handler', async () => {
    const handler = jest.fn();
    const half: RawScript = async ({ send, fin }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      fin();
    };
    await run(half, handler, async (app) => {
      using client = await connectRaw(app.port);
      client.send(requestBytes());
      await client.closed;
      expect(client.responses()).toMatchObject([{ status: 200, complete: false }]);
      expect(handler).not.toHaveBeenCalled();
    });
  });

  it('shows a handler no words of a provider’s about a file that is not there', async () => {
    const messages: string[] = [];
    const handler: ErrorRequestHandler = (error, _req, res, _next) => {
      messages.push(error.message);
      res.status(error.status).end();
    };
    const refuse: RawScript = ({ send }) =>
      send(answer('{"error":{"message":"not file-2 of yours"}}', [], '404 Not Found'));
    await run(refuse, handler, async (app) => {
      await download(`${app.origin}/v1/files/file-2/content`);
      expect(messages).toEqual(['No file was found with the id "file-2".']);
    });
  });
});
