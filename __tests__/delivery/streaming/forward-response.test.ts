import { Duplex, PassThrough, type Transform } from 'node:stream';
import { type LocatedProvider, openaiCompatible, type Resolution } from '../../../lib';
import { type Gateway, type GatewayOptions, startGateway } from '../../support/gateway';
import { watchProcess } from '../../support/leaks';
import { connectRaw, type RawRequest, type RawResult, rawRequest, requestBytes } from '../../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider';

interface Running extends AsyncDisposable {
  readonly app: Gateway;
  readonly provider: RawProvider;
  get(request?: RawRequest): Promise<RawResult>;
}

async function start(
  script: RawScript,
  change: Partial<LocatedProvider> = {},
  options: Partial<GatewayOptions> = {},
  resolution: Partial<Resolution> = {},
): Promise<Running> {
  const provider = await startRawProvider(script);
  const held = { ...openaiCompatible({ name: 'held', baseURL: provider.origin }), ...change };
  const app = await startGateway({ resolveProvider: () => ({ provider: held, ...resolution }), ...options });
  return {
    app,
    provider,
    get: (request) => rawRequest(app.port, request),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

function says(...lines: readonly string[]): RawScript {
  return ({ send }) => send([...lines].join('\r\n'));
}

const closing: RawScript = ({ send, fin }) => {
  void send('HTTP/1.1 200 OK\r\n\r\ncontent');
  fin();
};

describe('what the end of a body proves', () => {
  it.each<[string, RawScript, RawRequest, 'yes' | 'unknown']>([
    ['a length', ({ send }) => send(answer('content')), {}, 'yes'],
    ['chunks', says('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '7', 'content', '0', '', ''), {}, 'yes'],
    ['the end of the connection', closing, {}, 'unknown'],
    ['nothing, where there is no content', says('HTTP/1.1 200 OK', '', ''), { method: 'HEAD' }, 'yes'],
    ['nothing, where the status says so', says('HTTP/1.1 204 No Content', '', ''), {}, 'yes'],
  ])('by %s', async (_how, script, request, complete) => {
    await using running = await start(script);
    const { response } = await running.get(request);
    expect(response.complete).toBe(true);
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'completed', complete }]);
  });
});

describe('a response without content', () => {
  it('leaves the connection to the next request, whatever length is declared', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n';
    await using running = await start(({ send }) => send(head));
    for (let count = 1; count <= 2; count += 1) {
      const { response } = await running.get({ method: 'HEAD' });
      expect(response.headers.get('content-length')).toEqual(['2000000']);
      await running.app.recorded(count);
    }
    expect(running.provider.connections).toHaveLength(1);
    for (const record of running.app.records) expect(record).not.toHaveProperty('bytesExpected');
  });

  it('is not larger than any limit', async () => {
    const limits = { maxBytes: 1 };
    await using running = await start(says('HTTP/1.1 200 OK', 'Content-Length: 7', '', ''), {}, { limits });
    expect((await running.get({ method: 'HEAD' })).response.status).toBe(200);
  });

  it('does not keep the transformation that is made for it', async () => {
    const made: Transform[] = [];
    const transform = (): Transform => {
      made.push(new PassThrough());
      return made[0]!;
    };
    await using running = await start(says('HTTP/1.1 200 OK', 'Content-Length: 7', '', ''), { transform });
    const { response } = await running.get({ method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it('gets its head also if the body is empty', async () => {
    await using running = await start(({ send }) => send(answer('', ['ETag: "v"'])));
    const { response } = await running.get();
    expect(response.headers.get('etag')).toEqual(['"v"']);
    expect(response.headers.get('content-length')).toEqual(['0']);
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'completed', bytesSent: 0, bytesExpected: 0 }]);
  });
});

describe('the length', () => {
  it('may be exactly the limit', async () => {
    await using running = await start(({ send }) => send(answer('content')), {}, { limits: { maxBytes: 7 } });
    const { response } = await running.get();
    expect([response.framing, response.body.toString()]).toEqual(['length', 'content']);
    expect(await running.app.recorded(1)).toMatchObject([{ bytesExpected: 7, bytesSent: 7 }]);
  });

  it('that is declared over the limit is refused before a byte is sent', async () => {
    await using running = await start(
      says('HTTP/1.1 200 OK', 'Content-Length: 8', '', ''),
      {},
      { limits: { maxBytes: 7 } },
    );
    const { response } = await running.get();
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body.toString())).toMatchObject({
      error: { code: 'too_large', message: 'The file is larger than this gateway passes on (7 bytes).' },
    });
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'too_large', upstreamStatus: 200 }]);
  });

  it('of a transformation that passes the limit is too_large, too', async () => {
    const transform = (): Transform => new PassThrough();
    await using running = await start(
      says('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '8', 'contents', '0', '', ''),
      { transform },
      { limits: { maxBytes: 7 } },
    );
    const { response } = await running.get();
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body.toString())).toMatchObject({
      error: { code: 'too_large', message: expect.stringContaining('(7 bytes)') },
    });
  });

  it.each([false, true])(
    'that is exceeded counts for nothing: the content ends where it says (relay: %s)',
    async (relay) => {
      using watch = watchProcess();
      const size = 2 * 1024 * 1024;
      await using running = await start(
        ({ send }) =>
          send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}HTTP/1.1 junk\0\r\n\r\n`),
        {},
        { relay },
      );
      const { response } = await running.get();
      expect(response.complete).toBe(true);
      expect(response.body.length).toBe(size);
      expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'completed', complete: 'yes', bytesSent: size }]);
      await running.provider.connections[0]?.closed;
      watch.expectQuiet();
    },
  );
});

describe('the head', () => {
  it('has nothing of what a middleware had set about another content', async () => {
    const before: GatewayOptions['before'] = [
      (_req, res, next) => {
        res.setHeader('content-encoding', 'gzip');
        res.setHeader('content-range', 'bytes 0-0/1');
        res.setHeader('x-kept', 'yes');
        next();
      },
    ];
    await using running = await start(({ send }) => send(answer('content')), {}, { before });
    const { response } = await running.get();
    expect(response.headers.get('content-encoding')).toBeUndefined();
    expect(response.headers.get('content-range')).toBeUndefined();
    expect(response.headers.get('x-kept')).toEqual(['yes']);
  });

  it('has the resolution’s word where the provider’s hook says another', async () => {
    await using running = await start(
      ({ send }) => send(answer('content')),
      { addHeaders: () => ({ 'x-a': 'hook', 'x-b': 'hook' }) },
      {},
      { responseHeaders: { 'x-a': 'resolution' } },
    );
    const { response } = await running.get();
    expect(response.headers.get('x-a')).toEqual(['resolution']);
    expect(response.headers.get('x-b')).toEqual(['hook']);
  });

  it.each<[RawRequest, string | undefined]>([
    [{ version: '1.1' }, 'chunked'],
    [{ version: '1.0', connection: 'close' }, undefined],
    [{ method: 'HEAD' }, undefined],
  ])('of a body of unknown length is framed for its client: %j', async (request, coding) => {
    await using running = await start(({ send, head, fin }) => {
      void send(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${head.startsWith('HEAD') ? '' : 'content'}`);
      fin();
    });
    const { response } = await running.get(request);
    expect(response.headers.get('transfer-encoding')?.join()).toBe(coding);
    expect(response.body.toString()).toBe(request.method === 'HEAD' ? '' : 'content');
  });

  it('says of itself how it is framed, though a middleware had removed that', async () => {
    const before: GatewayOptions['before'] = [
      (_req, res, next) => {
        res.removeHeader('transfer-encoding');
        next();
      },
    ];
    await using running = await start(closing, {}, { before });
    const { response } = await running.get();
    expect([response.framing, response.complete, response.body.toString()]).toEqual(['chunked', true, 'content']);
  });
});

describe('a part of a file', () => {
  const part: RawScript = ({ send }) => send(answer('on', ['Content-Range: bytes 1-2/7'], '206 Partial Content'));

  it('is passed on where it was asked for', async () => {
    await using running = await start(part);
    const { response } = await running.get({ headers: ['Range: bytes=1-2'] });
    expect([response.status, response.body.toString()]).toEqual([206, 'on']);
    expect(response.headers.get('content-range')).toEqual(['bytes 1-2/7']);
  });

  it('is otherwise one that was not requested', async () => {
    await using running = await start(part);
    expect((await running.get()).response.status).toBe(502);
    const [record] = await running.app.recorded(1);
    expect(record?.error?.cause?.message).toBe('status 206 although no range was asked for');
  });
});

describe('a transformed content', () => {
  const size = 2 * 1024 * 1024;
  /** Turns every byte into two. */
  const double = (): Transform =>
    new PassThrough({ transform: (chunk, _encoding, done) => done(null, Buffer.concat([chunk, chunk])) });
  /** Takes three bytes and wants no more. */
  const three = (): Transform =>
    new PassThrough({
      transform(chunk: Buffer, _encoding, done) {
        this.push(chunk.subarray(0, 3));
        this.push(null);
        done();
      },
    });

  it('is another one than what was declared, however large that is', async () => {
    await using running = await start(({ send }) => send(answer('x'.repeat(size), ['ETag: "v"'])), {
      transform: double,
    });
    const { response } = await running.get();
    expect([response.framing, response.complete, response.body.length]).toEqual(['chunked', true, 2 * size]);
    expect(response.headers.get('etag')).toBeUndefined();
    const [record] = await running.app.recorded(1);
    expect(record).toMatchObject({ outcome: 'completed', complete: 'yes', bytesSent: 2 * size });
    expect(record).not.toHaveProperty('bytesExpected');
  });

  it.each([
    ['Content-Length: 1000', '3 of 1000 bytes arrived'],
    ['X-No-Length: 1', '3 of an unknown number of bytes arrived'],
  ])('is not whole where it ends before its source: %s', async (header, message) => {
    await using running = await start(says('HTTP/1.1 200 OK', header, '', 'abcdef'), { transform: three });
    const { response, ending } = await running.get();
    expect([response.body.toString(), response.complete]).toEqual(['abc', false]);
    expect(ending).toBeDefined();
    const [record] = await running.app.recorded(1);
    expect(record).toMatchObject({ outcome: 'upstream_truncated', bytesSent: 3 });
    expect(record?.error?.cause?.message).toBe(message);
  });
});

it('a chunked body is passed on as each chunk arrives', async () => {
  let finish: () => void = () => undefined;
  await using running = await start(async ({ send }) => {
    await send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
    finish = () => void send('6\r\nsecond\r\n0\r\n\r\n');
  });
  using client = await connectRaw(running.app.port);
  client.send(requestBytes());
  await client.until((bytes) => bytes.includes('first'));
  finish();
  const { response } = await client.result();
  expect([response.complete, response.body.toString()]).toEqual([true, 'firstsecond']);
});

it('a middleware whose head throws is the gateway’s fault, not the provider’s', async () => {
  const before: GatewayOptions['before'] = [
    (_req, res, next) => {
      res.writeHead = () => {
        throw new Error('hook');
      };
      next();
    },
  ];
  await using running = await start(({ send }) => send(answer('content')), {}, { before });
  using client = await connectRaw(running.app.port);
  client.send(requestBytes());
  await client.closed;
  expect(client.bytes.length).toBe(0);
  expect(await running.app.recorded(1)).toMatchObject([
    { outcome: 'internal_error', error: { code: 'internal_error', cause: { message: 'hook' } } },
  ]);
});

it('a body is not added to a response that a middleware has begun', async () => {
  const before: GatewayOptions['before'] = [
    (_req, res, next) => {
      res.writeHead(200, { 'content-length': 9 });
      res.write('ab');
      next();
    },
  ];
  await using running = await start(({ send }) => send(answer('content')), {}, { before });
  const { response } = await running.get();
  expect([response.body.toString(), response.complete]).toEqual(['ab', false]);
  expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'internal_error' }]);
});

it('a client that does not take even a small content is given up at the clientIdle limit', async () => {
  await using running = await start(({ send }) => send(answer('content')), {}, { timeouts: { clientIdle: 50 } });
  // No kernel takes anything for it, and no write on it ever ends.
  const connection = new Duplex({ read: () => undefined, write: () => undefined });
  running.app.server.emit('connection', connection);
  connection.push(requestBytes());
  expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'client_stalled', complete: 'no' }]);
  expect(connection.destroyed).toBe(true);
});

describe('a refusal', () => {
  it.each([
    [400, 400, 'upstream_error'],
    [404, 404, 'upstream_error'],
    [429, 429, 'upstream_error'],
    [599, 599, 'upstream_error'],
    [600, 502, 'upstream_invalid'],
    [399, 502, 'upstream_invalid'],
  ])('is a status from 400 to 599: %i', async (given, status, outcome) => {
    await using running = await start(({ send }) => send(answer('no', ['x-request-id: req_1'], `${given} Status`)));
    const { response } = await running.get();
    expect(response.status).toBe(status);
    expect(await running.app.recorded(1)).toMatchObject([
      { outcome, upstreamStatus: given, upstreamRequestId: 'req_1', status },
    ]);
  });

  it('leaves no bytes expected behind', async () => {
    await using running = await start(({ send }) => send(answer('no', [], '503 Busy')));
    await running.get();
    const [record] = await running.app.recorded(1);
    expect(record).not.toHaveProperty('bytesExpected');
    expect(record?.error).toMatchObject({ code: 'provider_error' });
  });
});

describe('a failure after the head', () => {
  it.each<[string, RawScript, string]>([
    [
      'a broken chunk',
      says('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '3', 'abc', 'nonsense', ''),
      'upstream_invalid',
    ],
    [
      'a cut',
      async ({ send, fin }) => {
        await send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
        fin();
      },
      'upstream_truncated',
    ],
  ])('is told by its kind, with its cause: %s', async (_what, script, outcome) => {
    await using running = await start(script);
    await running.get();
    const [record] = await running.app.recorded(1);
    expect(record).toMatchObject({ outcome, error: { code: 'provider_invalid_response', cause: expect.anything() } });
  });

  it('of a transformation before its first byte is an error of the provider', async () => {
    const transform = (): Transform =>
      new PassThrough({ transform: (_chunk, _encoding, done) => done(new Error('cannot')) });
    await using running = await start(({ send }) => send(answer('content')), { transform });
    const { response } = await running.get();
    expect(response.status).toBe(502);
    expect(await running.app.recorded(1)).toMatchObject([
      { outcome: 'upstream_truncated', error: { cause: { message: 'cannot' } } },
    ]);
  });
});

describe('a request behind another on its connection', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('waits for its turn without any limit of time', async () => {
    let release: () => void = () => undefined;
    await using running = await start(
      ({ head, send }) => {
        if (head.includes('file-second')) return send(answer('second'));
        release = () => void send(answer('first'));
        return undefined;
      },
      {},
      { timeouts: { headers: 0, idle: 1_000, clientIdle: 1_000_000 } },
    );
    let arrived: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    running.app.server.on('request', (req) => {
      if (req.url?.includes('file-second')) arrived();
    });
    using client = await connectRaw(running.app.port);
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'hrtime', 'Date'],
    });
    client.send(requestBytes({ path: '/v1/files/file-first/content' }));
    await running.provider.requestsReceived(1);
    client.send(requestBytes({ path: '/v1/files/file-second/content' }));
    await second;
    for (let round = 0; round < 5; round += 1) {
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      jest.advanceTimersByTime(1_001);
    }
    expect(running.provider.requests).toHaveLength(1);
    release();
    const { responses } = await client.result(2);
    expect(responses.map(({ body }) => body.toString())).toEqual(['first', 'second']);
    const records = await running.app.recorded(2);
    expect(records.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
  });
});

describe('small contents that arrive in one turn of the event loop', () => {
  it('are written together at its end', async () => {
    const steps: string[] = [];
    const held: (() => void)[] = [];
    await using running = await start(
      ({ send }) => held.push(() => void send(answer('content'))),
      {
        addHeaders() {
          steps.push('checked');
          return {};
        },
      },
      {
        before: [
          (_req, res, next) => {
            const end = res.end.bind(res);
            res.end = ((...given: [never]) => {
              steps.push('written');
              return end(...given);
            }) as typeof res.end;
            next();
          },
        ],
      },
    );
    const results = [running.get(), running.get(), running.get()];
    await running.provider.requestsReceived(3);
    for (const release of held) release();
    for (const { response } of await Promise.all(results)) expect(response.body.toString()).toBe('content');
    expect(steps).toEqual(['checked', 'checked', 'checked', 'written', 'written', 'written']);
    expect((await running.app.recorded(3)).map(({ outcome }) => outcome)).toEqual(Array(3).fill('completed'));
  });
});
