import { createFileContent, type FileContent, openaiCompatible } from '../../lib/index';
import { recordingAdapter } from '../../lib/testing/index';
import { FRAMEWORKS } from '../support/frameworks';
import { OWN_HEADERS, type RunningFramework } from '../support/frameworks/framework';
import { type ProcessWatch, watchProcess } from '../support/leaks';
import { connectRaw, type RawRequest, type RawResult, rawRequest, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';

const TEN = '0123456789';

/** A provider that knows ranges and conditions. */
const whole: RawScript = ({ head, send }) => {
  const lines = ['Content-Type: text/csv', 'ETag: "v1"', 'Accept-Ranges: bytes'];
  if (/^if-none-match: "v1"/im.test(head)) return send('HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n');
  if (/^range: bytes=3-5/im.test(head))
    return send(answer('345', [...lines, 'Content-Range: bytes 3-5/10'], '206 Partial Content'));
  if (head.startsWith('HEAD')) return send(answer(TEN, lines).subarray(0, -TEN.length));
  return send(answer(TEN, lines));
};

describe.each(FRAMEWORKS)('serve on a route of $name', ({ name, start }) => {
  const log = recordingAdapter();
  const complaints: string[] = [];
  let script: RawScript;
  let provider: RawProvider;
  let files: FileContent;
  let app: RunningFramework;
  let watch: ProcessWatch;

  beforeAll(async () => {
    provider = await startRawProvider((exchange) => script(exchange));
    const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
    files = createFileContent({ logger: log });
    app = await start({
      serve: (req, res, onError) => files.serve(req, res, { provider: held, fileId: 'file-1' }, { onError }),
      complain: (what, error) => void complaints.push(`${what}: ${error instanceof Error ? error.stack : error}`),
    });
  });

  afterAll(async () => {
    await app.close();
    await files.close();
    await provider.close();
  });

  beforeEach(() => {
    script = whole;
    log.clear();
    watch = watchProcess();
  });

  // Whatever happened, there is one record, and neither the framework nor the process has anything to say about it.
  // (Koa reports a client that resets its connection, whoever sends the response: the clients here close theirs.)
  afterEach(async () => {
    using quiet = watch;
    const heard = complaints.splice(0);
    await log.finished(1);
    await new Promise(setImmediate);
    expect(log.records).toHaveLength(1);
    expect(heard).toEqual([]);
    quiet.expectQuiet();
  });

  const get = (request: RawRequest = {}): Promise<RawResult> => rawRequest(app.port, { path: '/file', ...request });

  it('serves a whole file, and keeps the headers that the application has set', async () => {
    const { response } = await get({ headers: [`Origin: ${OWN_HEADERS['access-control-allow-origin']}`] });
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from(TEN) });
    expect(response.headers.get('content-type')).toEqual(['text/csv']);
    for (const [header, value] of Object.entries(OWN_HEADERS)) expect(response.headers.get(header)).toEqual([value]);
    if (/express|next/i.test(name)) expect(response.headers.get('x-powered-by')).toHaveLength(1);
    expect(await log.finished(1)).toMatchObject([{ outcome: 'completed', method: 'GET', status: 200, bytesSent: 10 }]);
  });

  it('answers HEAD with the head alone', async () => {
    const { response } = await get({ method: 'HEAD' });
    expect(response).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(response.headers.get('content-length')).toEqual(['10']);
    expect(provider.requests.at(-1)).toMatch(/^HEAD /);
    expect(await log.finished(1)).toMatchObject([{ outcome: 'completed', method: 'HEAD', status: 200 }]);
  });

  it('serves a range', async () => {
    const { response } = await get({ headers: ['Range: bytes=3-5'] });
    expect(response).toMatchObject({ status: 206, body: Buffer.from('345') });
    expect(response.headers.get('content-range')).toEqual(['bytes 3-5/10']);
  });

  it('passes a 304 on', async () => {
    const { response } = await get({ headers: ['If-None-Match: "v1"'] });
    expect(response).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    expect(response.headers.get('etag')).toEqual(['"v1"']);
  });

  it('answers a provider’s 404 with OpenAI’s error', async () => {
    script = ({ send }) => send(answer('no such file', [], '404 Not Found'));
    const { response } = await get();
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toEqual(['application/json; charset=utf-8']);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'file_not_found' } });
    expect(response.headers.get('x-app')).toEqual(['own']);
    expect(await log.finished(1)).toMatchObject([{ outcome: 'upstream_error', status: 404 }]);
  });

  it.each([
    ['with a length', 'Content-Length: 10\r\n\r\n01234'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n'],
  ])('breaks the connection off where the provider stops half way (%s)', async (_name, rest) => {
    using client = await connectRaw(app.port);
    script = async ({ send, rst }) => {
      await send(`HTTP/1.1 200 OK\r\n${rest}`);
      await client.until((bytes) => bytes.includes('01234'));
      rst();
    };
    client.send(requestBytes({ path: '/file' }));
    await client.closed;
    const [response] = client.responses();
    expect(response).toMatchObject({ status: 200, complete: false, body: Buffer.from('01234') });
    expect(await log.finished(1)).toMatchObject([{ outcome: 'upstream_truncated', bytesSent: 5 }]);
  });

  it('lets the provider go when the client leaves', async () => {
    using client = await connectRaw(app.port);
    const connection = new Promise<{ closed: Promise<void> }>((resolve) => {
      script = async (exchange) => {
        await exchange.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234');
        resolve(exchange.connection);
      };
    });
    client.send(requestBytes({ path: '/file' }));
    await client.until((bytes) => bytes.includes('01234'));
    client.destroy();
    await (await connection).closed;
    expect(await log.finished(1)).toMatchObject([{ outcome: 'client_aborted', status: 200 }]);
  });

  it('lets the provider go when the client leaves before the response', async () => {
    using client = await connectRaw(app.port);
    const connection = new Promise<{ closed: Promise<void> }>((resolve) => {
      script = (exchange) => resolve(exchange.connection);
    });
    client.send(requestBytes({ path: '/file' }));
    const { closed } = await connection;
    client.destroy();
    await closed;
    expect(await log.finished(1)).toMatchObject([{ outcome: 'client_aborted', status: 499 }]);
  });

  it('serves a request whose body was parsed as it serves a GET, and keeps the connection', async () => {
    using client = await connectRaw(app.port);
    const body = '{"is":"parsed"}';
    client.send(
      requestBytes({
        method: 'POST',
        path: '/parsed',
        headers: ['Content-Type: application/json', `Content-Length: ${body.length}`],
      }) + body,
    );
    const { response } = await client.result(1);
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from(TEN) });
    expect(response.headers.get('connection')).not.toEqual(['close']);
    expect(provider.requests.at(-1)).toMatch(/^GET /);
    expect(await log.finished(1)).toMatchObject([{ outcome: 'completed', method: 'POST' }]);
    expect(client.ending).toBeUndefined();
  });

  it('drops a body that nobody has read, and closes the connection after the response', async () => {
    using client = await connectRaw(app.port);
    const headers = ['Content-Type: application/octet-stream', 'Content-Length: 6'];
    client.send(`${requestBytes({ method: 'POST', path: '/file', headers })}unread`);
    expect(await client.closed).toBe('fin');
    const [response] = client.responses();
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from(TEN) });
    expect(response?.headers.get('connection')).toEqual(['close']);
    expect(provider.requests.at(-1)).toMatch(/^GET /);
  });

  it('lets the framework answer a failure in its own way', async () => {
    script = ({ rst }) => rst();
    const { response } = await get({ path: '/mine' });
    expect(response).toMatchObject({ status: 502, body: Buffer.from('{"mine":"provider_unreachable"}') });
    expect(response.headers.get('x-app')).toEqual(['own']);
    expect(await log.finished(1)).toMatchObject([{ outcome: 'upstream_unreachable', status: 502 }]);
  });

  it('does not trouble the framework’s error handler once the response has begun', async () => {
    script = async ({ send, fin }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234');
      fin();
    };
    const { response } = await get({ path: '/mine' });
    expect(response).toMatchObject({ status: 200, complete: false });
    expect(await log.finished(1)).toMatchObject([{ outcome: 'upstream_truncated' }]);
  });
});
