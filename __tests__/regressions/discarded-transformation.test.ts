import { EventEmitter } from 'node:events';
import { PassThrough, Transform, type TransformCallback } from 'node:stream';
import { DELIVERIES, type Running, type RunningOptions, runDelivery, says } from '../support/deliveries';
import { eventually, watchProcess } from '../support/leaks';
import { connectRaw, type RawRequest, type RawResult, requestBytes } from '../support/raw-client';
import { answer, type RawScript } from '../support/raw-provider';

const OK = ({ send, head }: Parameters<RawScript>[0]) => {
  const bytes = answer('content', ['ETag: "v1"']);
  return send(head.startsWith('HEAD') ? bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4) : bytes);
};

/** Emits an error when it is destroyed, as a stream with a native handle may. */
function brittle(): Transform {
  return new PassThrough({
    destroy(_error, done) {
      done(new Error('cannot be destroyed'));
    },
  });
}

/** Passes strings and objects of every kind on, empty ones included. */
function giving(...chunks: readonly unknown[]): () => Transform {
  return () =>
    new Transform({
      readableObjectMode: true,
      transform(_chunk: Buffer, _encoding: string, done: TransformCallback) {
        for (const chunk of chunks) this.push(chunk);
        done();
      },
    });
}

const EMPTY = Buffer.alloc(0);

describe.each(DELIVERIES)('a transformation (%s)', (delivery) => {
  const made: Transform[] = [];
  let watch: ReturnType<typeof watchProcess>;

  beforeEach(() => {
    made.length = 0;
    watch = watchProcess();
  });

  afterEach(() => {
    watch.expectQuiet();
    watch[Symbol.dispose]();
  });

  function run(make: () => Transform, script: RawScript = OK, options: RunningOptions = {}): Promise<Running> {
    return runDelivery(delivery, script, {
      ...options,
      provider: {
        transform() {
          const transform = make();
          made.push(transform);
          return transform;
        },
        ...options.provider,
      },
    });
  }

  async function ask(running: Running, request: RawRequest = {}): Promise<RawResult> {
    const result = await running.get(request);
    await running.app.recorded(1);
    // Two turns, in which an error without a listener would end the process.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    for (const transform of made) await eventually('a destroyed transformation', () => transform.destroyed);
    return result;
  }

  it.each([
    ['an empty first chunk', giving(EMPTY, Buffer.from('abc')), 'abc'],
    ['empty chunks in between', giving(Buffer.from('a'), EMPTY, EMPTY, Buffer.from('bc'), EMPTY), 'abc'],
    ['only empty chunks', giving(EMPTY, EMPTY), ''],
    ['nothing at all', giving(), ''],
  ])('that gives %s', async (_what, make, body) => {
    await using running = await run(make);
    const { response } = await ask(running);
    expect([response.status, response.complete, response.body.toString()]).toEqual([200, true, body]);
    expect(running.app.records).toMatchObject([{ outcome: 'completed', complete: 'yes', bytesSent: body.length }]);
  });

  it.each([
    ['HEAD', { method: 'HEAD' }, OK, 200],
    ['a 204', {}, says('HTTP/1.1 204 No Content', '', ''), 204],
    ['a 304 that nobody asked for', {}, says('HTTP/1.1 304 Not Modified', '', ''), 502],
    ['a condition that no 304 answers', { headers: ['If-Match: "v1"'] }, OK, 412],
    ['a refusal', {}, says('HTTP/1.1 404 Not Found', 'Content-Length: 0', '', ''), 404],
  ] as const)('is discarded for %s', async (_what, request, script, status) => {
    await using running = await run(brittle, script);
    expect((await ask(running, request)).response.status).toBe(status);
  });

  it('is discarded where the declared content is too large', async () => {
    await using running = await run(brittle, OK, { limits: { maxBytes: 3 } });
    expect((await ask(running)).response.status).toBe(502);
    expect(running.app.records).toMatchObject([{ outcome: 'too_large' }]);
  });

  it('is discarded where the added headers are refused', async () => {
    await using running = await run(brittle, OK, {
      provider: { addHeaders: () => ({ 'content-length': '3' }) },
    });
    expect((await ask(running)).response.status).toBe(500);
  });

  it('is discarded where its result is too large', async () => {
    await using running = await run(
      () => giving(Buffer.alloc(20), Buffer.alloc(20))(),
      ({ send }) => send(answer('x')),
      { limits: { maxBytes: 30 } },
    );
    const { response } = await ask(running);
    expect(response.status === 502 || !response.complete).toBe(true);
    expect(running.app.records).toMatchObject([{ outcome: 'too_large' }]);
  });

  it('whose destruction fails after its end has done its work', async () => {
    await using running = await run(brittle);
    expect((await ask(running)).response.body.toString()).toBe('content');
    expect(running.app.records).toMatchObject([{ outcome: 'completed' }]);
  });

  it('that complains after its end has done its work', async () => {
    await using running = await run(() => {
      const transform = new PassThrough({ autoDestroy: false });
      transform.once('end', () => setImmediate(() => transform.emit('error', new Error('late'))));
      return transform;
    });
    expect((await ask(running)).response.body.toString()).toBe('content');
    expect(running.app.records).toMatchObject([{ outcome: 'completed' }]);
  });

  it.each([
    ['destroyed', () => new PassThrough().destroy()],
    ['destroyed with an error', () => new PassThrough().destroy(new Error('early'))],
  ])('that comes %s fails the transfer', async (_what, make) => {
    await using running = await run(make);
    expect((await ask(running)).response.status).toBe(502);
    expect(running.app.records[0]?.outcome).not.toBe('completed');
  });

  it('that was used before fails the transfer at once', async () => {
    const used = new PassThrough();
    await using running = await run(() => used);
    expect((await running.get()).response.body.toString()).toBe('content');
    expect((await ask(running)).response.status).toBe(502);
  });

  it('that ends before the body does is truncated', async () => {
    await using running = await run(
      () =>
        new Transform({
          transform(chunk: Buffer, _encoding, done) {
            this.push(chunk.subarray(0, 3));
            this.push(null);
            done();
          },
        }),
      says('HTTP/1.1 200 OK', 'Content-Length: 100', '', 'abcdef'),
    );
    const { response } = await ask(running);
    expect(response.status === 502 || !response.complete).toBe(true);
    expect(running.app.records).toMatchObject([{ outcome: 'upstream_truncated' }]);
  });

  it('is discarded when the client leaves', async () => {
    const events = new EventEmitter();
    await using running = await run(
      () => {
        events.emit('made');
        return brittle();
      },
      says('HTTP/1.1 200 OK', 'Content-Length: 100', '', 'abc'),
    );
    const client = await connectRaw(running.app.port);
    const wasMade = new Promise((resolve) => events.once('made', resolve));
    client.send(requestBytes());
    await wasMade;
    client.rst();
    await running.app.recorded(1);
    for (const transform of made) await eventually('a destroyed transformation', () => transform.destroyed);
    expect(running.app.records).toMatchObject([{ outcome: 'client_aborted' }]);
  });

  it.each(['transform', 'addHeaders'])('an async %s that fails harms its own transfer only', async (hook) => {
    await using running = await runDelivery(delivery, OK, {
      provider: { [hook]: () => Promise.reject(new Error('async')) },
    });
    const { response } = await ask(running);
    expect(response.status).toBe(500);
    expect(running.app.records[0]?.error?.cause?.message).toMatch(new RegExp(`"${hook}" must return an? `));
  });

  it('of a promise is closed as well', async () => {
    const late = brittle();
    await using running = await runDelivery(delivery, OK, { provider: { transform: () => Promise.resolve(late) } });
    expect((await ask(running)).response.status).toBe(500);
    expect(late.destroyed).toBe(true);
  });
});
