import { PassThrough, Transform } from 'node:stream';
import { type LocatedProvider, openaiCompatible } from '../../../lib';
import { startContentProvider } from '../../support/content-provider';
import { startGateway } from '../../support/gateway';
import { watchProcess } from '../../support/leaks';
import { connectRaw, type RawResponse, requestBytes } from '../../support/raw-client';

/** A provider written without the compiler's help. */
function withHook(provider: LocatedProvider, hook: Readonly<Record<string, unknown>>): LocatedProvider {
  return Object.assign({}, provider, hook);
}

describe.each(['stream', 'buffer'] as const)('what a provider’s hooks return (%s)', (delivery) => {
  async function run(
    hook: Readonly<Record<string, unknown>>,
  ): Promise<{ response: RawResponse; cause: string | undefined }> {
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => {
      response.writeHead(200);
      response.write('hello ');
      response.end('world');
    };
    const held = withHook(openaiCompatible({ name: 'held', baseURL: provider.origin }), hook);
    await using app = await startGateway({
      resolveProvider: () => ({ provider: held, delivery }),
      buffer: { retries: 0 },
    });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    const { response } = await client.result();
    const [record] = await app.recorded(1);
    return { response, cause: record?.error?.cause?.message };
  }

  it.each([
    ['a length', { 'content-length': '3' }, /may not set content-length/],
    ['a transfer coding', { 'Transfer-Encoding': 'identity' }, /may not set Transfer-Encoding/],
    ['a content coding', { 'content-encoding': 'gzip' }, /may not set content-encoding/],
    ['what protects the client', { 'x-content-type-options': 'sniff' }, /may not set x-content-type-options/],
    ['a header of two lines', { 'x-a': 'a\r\nb' }, /invalid name or value at "x-a"/],
    ['a header that is no text', { 'x-a': 5 }, /invalid name or value at "x-a"/],
    ['no object', 7, /"addHeaders" must be an object, got number 7/],
  ])('%s among the added headers is the gateway’s mistake, and nothing is sent', async (_what, headers, message) => {
    const { response, cause } = await run({ addHeaders: () => headers });
    expect(response.status).toBe(500);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'resolver_failed' } });
    expect(cause).toMatch(message);
    expect(cause).toMatch(/^provider held: /);
  });

  it('added headers are made safe in whatever spelling', async () => {
    const { response } = await run({
      addHeaders: () => ({
        'Content-Disposition': 'inline; filename=a.svg',
        'CACHE-CONTROL': 'public',
        'X-Form': 'raw',
      }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toEqual(['attachment; filename="a.svg"']);
    expect(response.headers.get('cache-control')).toEqual(['public, no-transform']);
    expect(response.headers.get('x-form')).toEqual(['raw']);
  });

  it.each([undefined, null])('%s adds nothing and transforms nothing', async (nothing) => {
    const { response } = await run({ addHeaders: () => nothing, transform: () => nothing });
    expect([response.status, response.body.toString()]).toEqual([200, 'hello world']);
  });

  it.each([
    ['a promise', Promise.resolve(new PassThrough()), 'a Promise'],
    ['a number', 7, 'number 7'],
    ['a function', () => undefined, 'a function'],
    ['half a stream', { pipe: () => undefined, on: () => undefined, destroy: () => undefined }, 'a stream'],
  ])('%s for a transformation is the gateway’s mistake', async (_what, returned, shown) => {
    const { response, cause } = await run({ transform: () => returned });
    expect(response.status).toBe(500);
    expect(cause).toContain(
      `provider held: "transform" must return a Transform stream or undefined, got ${shown}. See `,
    );
  });

  it.each(['addHeaders', 'transform'])('a %s that throws is a failure of the provider', async (hook) => {
    const { response, cause } = await run({
      [hook]: () => {
        throw new Error('detail');
      },
    });
    expect(response.status).toBe(502);
    expect(response.body.toString()).not.toContain('detail');
    expect(cause).toBe('detail');
  });

  it.each([
    ['an object', (done: (error: null, chunk: unknown) => void) => done(null, { a: 1 })],
    ['a number', (done: (error: null, chunk: unknown) => void) => done(null, 7)],
    ['a text', (done: (error: null, chunk: unknown) => void) => done(null, 'é')],
  ])('a transformation that gives %s instead of bytes harms its own transfer only', async (_what, give) => {
    using watch = watchProcess();
    const { response } = await run({
      transform: () => new Transform({ readableObjectMode: true, transform: (_chunk, _encoding, done) => give(done) }),
    });
    expect(response.status).toBeGreaterThanOrEqual(500);
    watch.expectQuiet();
  });

  it('a transformation that was destroyed already is a failure of the provider', async () => {
    const { response } = await run({ transform: () => new PassThrough().destroy() });
    expect(response.status).toBe(502);
  });
});
