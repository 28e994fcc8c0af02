import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createSecondServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import express from 'express';
import {
  createFileContent,
  type FileContent,
  type FileContentOptions,
  openaiCompatible,
  type ServeOptions,
  type ServeTarget,
  type TransferRecord,
} from '../../lib/index';
import { watchProcess } from '../support/leaks';
import { connectRaw, type RawRequest, rawRequest, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';

interface Running extends AsyncDisposable {
  readonly port: number;
  readonly files: FileContent;
  readonly provider: RawProvider;
  /** What `serve` gave, in the order of the calls. */
  readonly records: readonly Promise<TransferRecord>[];
  get(request?: RawRequest): ReturnType<typeof rawRequest>;
}

interface Setup extends Partial<ServeTarget> {
  readonly script?: RawScript;
  readonly options?: FileContentOptions;
  readonly serve?: ServeOptions;
  readonly before?: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
}

const whole: RawScript = ({ send }) => send(answer('content', ['Content-Type: text/csv', 'ETag: "v1"']));

/** A bare server that serves every request from one provider. */
async function run({ script = whole, options = {}, serve, before, ...target }: Setup = {}): Promise<Running> {
  const provider = await startRawProvider(script);
  const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
  const files = createFileContent(options);
  const records: Promise<TransferRecord>[] = [];
  const server = createServer(async (req, res) => {
    await before?.(req, res);
    records.push(files.serve(req, res, { provider: held, fileId: 'file-1', ...target }, serve));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    files,
    provider,
    records,
    get: (request) => rawRequest(port, request),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await provider.close();
    },
  };
}

function lastOf({ records }: Running): Promise<TransferRecord> {
  return records.at(-1) ?? Promise.reject(new Error('serve was not called'));
}

describe('serve', () => {
  it('serves a file on any path, without a resolver and without a logging adapter', async () => {
    await using running = await run({ tenant: 'acme', context: { user: 7 } });
    const { response } = await running.get({ path: '/download/report' });
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('content') });
    expect(response.headers.get('content-type')).toEqual(['text/csv']);
    expect(running.provider.requests[0]).toMatch(/^GET \/v1\/files\/file-1\/content HTTP/);
    const record = await lastOf(running);
    expect(record).toMatchObject({
      outcome: 'completed',
      status: 200,
      resource: 'files',
      fileId: 'file-1',
      provider: 'held',
      tenant: 'acme',
      context: { user: 7 },
      bytesSent: 7,
      via: 'pipeline',
    });
    expect(Object.isFrozen(record)).toBe(true);
  });

  it('gives the record that its logging adapters got before', async () => {
    const logged: TransferRecord[] = [];
    await using running = await run({ options: { logger: { finished: (record) => void logged.push(record) } } });
    await running.get();
    expect(await lastOf(running)).toEqual(logged[0]);
  });

  it('responds to HEAD with only the head, and to any other method as to GET', async () => {
    await using running = await run();
    const head = await running.get({ method: 'HEAD' });
    expect(head.response).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(head.response.headers.get('content-length')).toEqual(['7']);
    const post = await running.get({ method: 'POST', headers: ['If-None-Match: "v1"', 'Content-Length: 0'] });
    expect(post.response).toMatchObject({ status: 200, body: Buffer.from('content') });
    expect(running.provider.requests.map((request) => request.split(' ')[0])).toEqual(['HEAD', 'GET']);
    expect((await Promise.all(running.records)).map(({ method }) => method)).toEqual(['HEAD', 'POST']);
  });

  it.each(['stream', 'buffer'] as const)('serves ranges and conditions (%s)', async (delivery) => {
    const script: RawScript = ({ send, head }) =>
      /^range:/im.test(head)
        ? send(answer('ten', ['ETag: "v1"', 'Content-Range: bytes 3-5/7'], '206 Partial Content'))
        : send(answer('content', ['ETag: "v1"']));
    await using running = await run({ script, delivery });
    const { response } = await running.get({ headers: ['Range: bytes=3-5'] });
    expect(response).toMatchObject({ status: 206, body: Buffer.from('ten') });
  });

  it('takes ids as the provider takes them', async () => {
    const asked: string[] = [];
    await using running = await run({
      fileId: 'files/a b/ü..%2F',
      provider: {
        name: 'own',
        streaming: false,
        fetchContent: ({ fileId, params, resource }) => {
          asked.push(fileId, JSON.stringify(params), resource);
          return Promise.resolve({ body: Buffer.from('x') });
        },
      },
      resource: 'containers',
      params: { containerId: '_c-1' },
    });
    expect((await running.get()).response.status).toBe(200);
    expect(asked).toEqual(['files/a b/ü..%2F', '{"containerId":"_c-1"}', 'containers']);
    expect(await lastOf(running)).toMatchObject({ fileId: 'files/a b/ü..%2F', resource: 'containers' });
  });

  it('forwards the query of the target and not that of the request', async () => {
    await using running = await run({ resource: 'videos', query: new URLSearchParams('variant=thumbnail&other=1') });
    await running.get({ path: '/v?variant=video&key=1' });
    const target = running.provider.requests[0]?.split(' ')[1];
    expect(target).toBe('/v1/videos/file-1/content?variant=thumbnail');
  });

  it('forwards no query if the target has none', async () => {
    await using running = await run({ resource: 'videos' });
    await running.get({ path: '/v?variant=video' });
    expect(running.provider.requests[0]?.split(' ')[1]).toBe('/v1/videos/file-1/content');
  });

  describe('with a request body', () => {
    it('that was read, keeps the connection', async () => {
      await using running = await run({
        before: async (req) => {
          for await (const chunk of req) void chunk;
        },
      });
      using client = await connectRaw(running.port);
      client.send(`${requestBytes({ method: 'POST', headers: ['Content-Length: 4'] })}body${requestBytes()}`);
      const { responses } = await client.result(2);
      expect(responses).toMatchObject([{ status: 200 }, { status: 200 }]);
      expect(running.provider.received.includes('body')).toBe(false);
    });

    it('that was not read, drops it and closes the connection after the response', async () => {
      await using running = await run();
      using client = await connectRaw(running.port);
      client.send(`${requestBytes({ method: 'POST', headers: ['Content-Length: 4000000'] })}body`);
      client.send(Buffer.alloc(3_999_996));
      expect(await client.closed).toBe('fin');
      const [response] = client.responses();
      expect(response).toMatchObject({ status: 200, complete: true });
      expect(response?.headers.get('connection')).toEqual(['close']);
      expect(running.provider.received.length).toBeLessThan(1_000);
    });
  });

  describe('that fails', () => {
    it('gives the client OpenAI’s error, also with errors: "next"', async () => {
      await using running = await run({
        script: ({ send }) => send(answer('no', [], '404 Not Found')),
        options: { errors: 'next' },
      });
      const { response } = await running.get();
      expect(response.status).toBe(404);
      expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'file_not_found' } });
      expect(await lastOf(running)).toMatchObject({ outcome: 'upstream_error', status: 404 });
    });

    it('lets onError respond while nothing was sent', async () => {
      const provider = await startRawProvider(({ rst }) => rst());
      const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
      const files = createFileContent({});
      const app = express();
      app.set('env', 'test');
      const records: Promise<TransferRecord>[] = [];
      app.get('/mine', (req, res, next) => {
        records.push(files.serve(req, res, { provider: held, fileId: 'file-1' }, { onError: next }));
      });
      app.use(
        (
          error: { code: string; status: number },
          _req: express.Request,
          res: express.Response,
          _next: express.NextFunction,
        ) => {
          res.status(error.status).json({ mine: error.code });
        },
      );
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { response } = await rawRequest((server.address() as AddressInfo).port, { path: '/mine' });
      expect(response).toMatchObject({ status: 502, body: Buffer.from('{"mine":"provider_unreachable"}') });
      expect(await records[0]).toMatchObject({ outcome: 'upstream_unreachable', status: 502 });
      server.closeAllConnections();
      server.close();
      await provider.close();
    });

    it('does not ask onError once the response has begun', async () => {
      const asked: unknown[] = [];
      await using running = await run({
        script: async ({ send, fin }) => {
          await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
          fin();
        },
        serve: { onError: (error) => void asked.push(error) },
      });
      const { response } = await running.get();
      expect(response).toMatchObject({ status: 200, complete: false, body: Buffer.from('first') });
      expect(await lastOf(running)).toMatchObject({ outcome: 'upstream_truncated' });
      expect(asked).toEqual([]);
    });

    it.each<[string, ServeOptions['onError']]>([
      [
        'throws',
        () => {
          throw new Error('mine');
        },
      ],
      ['rejects', async () => Promise.reject(new Error('mine'))],
    ])('answers by itself where onError %s', async (_name, onError) => {
      using watch = watchProcess();
      await using running = await run({ script: ({ rst }) => rst(), serve: { onError } });
      const { response } = await running.get();
      expect(response.status).toBe(502);
      expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'provider_unreachable' } });
      expect(await lastOf(running)).toMatchObject({ outcome: 'upstream_unreachable' });
      watch.expectQuiet();
    });

    it('is fulfilled when the client leaves', async () => {
      await using running = await run({ script: () => undefined });
      const client = await connectRaw(running.port);
      client.send(requestBytes());
      await running.provider.requestsReceived(1);
      client.rst();
      expect(await lastOf(running)).toMatchObject({ outcome: 'client_aborted', status: 499 });
      await running.provider.connections[0]?.closed;
    });

    const WRONG: readonly (readonly [string, object, RegExp])[] = [
      ['no id', { fileId: '' }, /^serve: "fileId" must be a non-empty string, got ""\. See /],
      ['an id that is no string', { fileId: 7 }, /^serve: "fileId" must be a non-empty string, got number 7\. See /],
      ['no provider', { provider: undefined }, /^serve: "provider" must be a provider object, got undefined/],
      [
        'an invalid resource',
        { resource: 7 },
        /^serve: "resource" must be a name such as 'files', got number 7\. See /,
      ],
      ['params that are none', { params: { containerId: 7 } }, /^serve: "params.containerId" must be a string/],
      ['an invalid query', { query: 'variant=1' }, /^serve: "query" must be URLSearchParams, got "variant=1"\. See /],
      [
        'an unknown member',
        { filename: 'a', tennant: 'x' },
        /^serve: unknown member "tennant"\. Did you mean `tenant`\?/,
      ],
    ];

    it.each(WRONG)('with %s is the gateway’s failure, and says why', async (_name, target, message) => {
      await using running = await run({ ...target, options: { logger: { finished: () => undefined } } });
      const { response } = await running.get();
      expect(response.status).toBe(500);
      const record = await lastOf(running);
      expect(record).toMatchObject({ outcome: 'resolver_failed', error: { code: 'resolver_failed' } });
      expect(record.error?.cause?.message).toMatch(message);
    });
  });

  it('never throws for a target: one whose members throw is the gateway’s failure', async () => {
    await using running = await run();
    const target = {
      get fileId(): string {
        throw new Error('mine');
      },
    };
    const server = createServer((req, res) => {
      const provider = openaiCompatible({ name: 'held', baseURL: running.provider.origin });
      const hostile = Object.defineProperties({ provider, fileId: '' }, Object.getOwnPropertyDescriptors(target));
      void running.files.serve(req, res, hostile);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { response } = await rawRequest((server.address() as AddressInfo).port);
    expect(response.status).toBe(500);
    server.closeAllConnections();
    server.close();
  });

  it('refuses HTTP/2, where an incomplete body could not be broken off', async () => {
    const files = createFileContent({});
    const provider = openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9' });
    const records: Promise<TransferRecord>[] = [];
    const server = createSecondServer((req, res) => {
      records.push(Reflect.apply(files.serve, files, [req, res, { provider, fileId: 'file-1' }]));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [headers] = await once(client.request({ ':path': '/x' }), 'response');
    expect(headers).toMatchObject({ ':status': 500 });
    client.destroy();
    server.close();
    const record = await records[0];
    expect(record).toMatchObject({ outcome: 'internal_error', error: { code: 'internal_error' } });
    expect(record?.error?.cause?.message).toMatch(/^The request came by HTTP\/2\. Let a proxy/);
  });

  it('is refused after close(), and its transfers are active until then', async () => {
    await using running = await run({ script: () => undefined });
    using client = await connectRaw(running.port);
    client.send(requestBytes());
    await running.provider.requestsReceived(1);
    expect(running.files.active()).toMatchObject([{ fileId: 'file-1', phase: 'waiting', provider: 'held' }]);
    await running.files.close({ graceMs: 0 });
    expect(await lastOf(running)).toMatchObject({ outcome: 'client_aborted', error: { code: 'overloaded' } });
    expect((await running.get()).response.status).toBe(503);
    expect(await lastOf(running)).toMatchObject({ outcome: 'rejected', status: 503 });
  });

  it('refuses a second call for a response, and the first is not disturbed', async () => {
    await using running = await run();
    let second: unknown;
    const server = createServer((req, res) => {
      const target = { provider: openaiCompatible({ name: 'held', baseURL: `${running.provider.origin}/v1` }) };
      const first = running.files.serve(req, res, { ...target, fileId: 'file-1' });
      try {
        void running.files.serve(req, res, { ...target, fileId: 'file-2' });
      } catch (error) {
        second = error;
      }
      void first.then(({ outcome }) => server.emit('served', outcome));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const served = once(server, 'served');
    const { response } = await rawRequest((server.address() as AddressInfo).port);
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('content') });
    expect(await served).toEqual(['completed']);
    expect(second).toEqual(
      new TypeError(
        'serve: "res" must be a response that is not being served, got one that is; call it once for each request. ' +
          'See express-file-content/docs/errors.md#invalid-option',
      ),
    );
    expect(running.provider.requests).toHaveLength(1);
    server.closeAllConnections();
    server.close();
  });

  it('may serve another file in onError', async () => {
    await using running = await run();
    const gone = await startRawProvider(({ rst }) => rst());
    const outcomes: string[] = [];
    const server = createServer((req, res) => {
      const [first, other] = [gone, running.provider].map(({ origin }, number) => ({
        provider: openaiCompatible({ name: `copy-${number}`, baseURL: `${origin}/v1` }),
        fileId: 'file-1',
      }));
      const serve = (target: ServeTarget | undefined, options?: ServeOptions): void => {
        if (target !== undefined) {
          void running.files.serve(req, res, target, options).then(({ provider, outcome }) => {
            outcomes.push(`${provider} ${outcome}`);
            if (outcomes.length === 2) server.emit('served');
          });
        }
      };
      serve(first, { onError: () => serve(other) });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const served = once(server, 'served');
    const { response } = await rawRequest((server.address() as AddressInfo).port);
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('content') });
    await served;
    expect(outcomes.sort()).toEqual(['copy-0 upstream_unreachable', 'copy-1 completed']);
    server.closeAllConnections();
    server.close();
    await gone.close();
  });

  it('says at once what it cannot serve with', () => {
    const files = createFileContent({});
    const target = { provider: openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9' }), fileId: 'file-1' };
    const call =
      (...given: unknown[]) =>
      () =>
        void Reflect.apply(files.serve, files, given);
    const req = { headers: {}, socket: {}, resume: () => undefined };
    const res = { writeHead: () => undefined, end: () => undefined };
    expect(call({ raw: req }, { raw: res }, target)).toThrow(
      /^serve: "req" must be Node's IncomingMessage.*got an object; write request\.raw\. See /,
    );
    expect(call(req, { raw: res }, target)).toThrow(
      /^serve: "res" must be Node's ServerResponse.*got an object; write reply\.raw\. See /,
    );
    expect(call({ req, res }, res, target)).toThrow(/got an object; write ctx\.req\. See /);
    expect(call(undefined, undefined, target)).toThrow(/^serve: "req" must be Node's IncomingMessage, got undefined/);
    expect(call(req, res, target, { onerror: 1 })).toThrow(/unknown option "onerror"\. Did you mean `onError`\? See /);
    expect(call(req, res, target, { onError: 1 })).toThrow(/^serve: "onError" must be a function, got a number\. See /);
    expect(call(req, res, target, () => undefined)).toThrow(/got a function; write { onError: next }\. See /);
    expect(call(req, res, target, null)).toThrow(/^serve: "options" must be an object, got null\. See /);
  });
});
