import type { ErrorRequestHandler, Request } from 'express';
import {
  FileContentError,
  type LocatedProvider,
  type LoggingAdapter,
  type ProviderResolver,
  type TransferRecord,
} from '../../lib/index';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { watchProcess } from '../support/leaks';
import { pending } from '../support/pending';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

const SECRET = 'internal-text-of-the-gateway';

function hostile(error: unknown): ProviderResolver {
  return () => {
    throw error;
  };
}

function located(url: unknown, headers?: unknown): ProviderResolver {
  const provider = { name: 'odd', streaming: true, locate: () => ({ url, headers }) };
  // What a gateway without types could return.
  return () => provider as object as LocatedProvider;
}

const returning = (value: unknown): ProviderResolver => {
  return async () => value as LocatedProvider;
};

const unprintable = Object.defineProperties(new Error('x'), {
  message: {
    get() {
      throw new Error(SECRET);
    },
  },
  name: {
    get() {
      throw new Error(SECRET);
    },
  },
});

const faults: readonly (readonly [string, ProviderResolver])[] = [
  ['throws an error', hostile(new Error(SECRET))],
  ['throws a string', hostile(SECRET)],
  ['throws undefined', hostile(undefined)],
  ['throws null', hostile(null)],
  ['throws an error whose properties throw', hostile(unprintable)],
  [
    'throws a proxy that throws',
    hostile(
      new Proxy(new Error('x'), {
        get: () => {
          throw new Error(SECRET);
        },
      }),
    ),
  ],
  ['rejects', () => Promise.reject(new Error(SECRET))],
  ['rejects with undefined', () => Promise.reject(undefined)],
  ['returns a number', returning(42)],
  ['returns an empty object', returning({})],
  ['returns a function', returning(() => undefined)],
  ['returns a provider without a name', returning({ streaming: true, locate: () => ({ url: 'http://127.0.0.1:9' }) })],
  [
    'returns an object whose properties throw',
    returning({
      get provider() {
        throw new Error(SECRET);
      },
    }),
  ],
  [
    'returns a thenable that throws',
    returning({
      // biome-ignore lint/suspicious/noThenProperty: a hostile thenable is the test
      then() {
        throw new Error(SECRET);
      },
    }),
  ],
  [
    'returns an unknown delivery',
    returning({
      provider: { name: 'x', streaming: true, locate: () => ({ url: 'http://127.0.0.1:9' }) },
      delivery: 'fax',
    }),
  ],
  ['locates nowhere', located(undefined)],
  ['locates at a path', located(`/${SECRET}`)],
  ['locates at file:', located('file:///etc/passwd')],
  ['locates at data:', located('data:text/plain,x')],
  ['locates at javascript:', located('javascript:alert(1)')],
  ['locates with a user name', located(`http://user:${SECRET}@127.0.0.1/`)],
  ['locates at an empty host', located('http://')],
  ['locates at an invalid port', located('http://127.0.0.1:99999/')],
  ['gives headers that are none', located('http://127.0.0.1:9/', { 'x y': SECRET })],
  ['gives a header with CR LF', located('http://127.0.0.1:9/', { authorization: `x\r\nX-Injected: ${SECRET}` })],
  ['gives a header that frames', located('http://127.0.0.1:9/', { 'Content-Length': '5' })],
];

describe.each([4, 5] as const)('row 49: a resolver that (Express %i)', (express) => {
  it.each(faults)('%s', async (_name, resolveProvider) => {
    using watch = watchProcess();
    await using gateway = await startGateway({ resolveProvider, express });
    const { response, bytes } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 500, complete: true });
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'resolver_failed', param: null } });
    expect(bytes.toString()).not.toContain(SECRET);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'resolver_failed', status: 500 }]);
    watch.expectQuiet();
  });

  it('never settles', async () => {
    await using gateway = await startGateway({
      resolveProvider: () => pending(),
      timeouts: { resolve: 100 },
      express,
    });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(504);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'resolver_failed', status: 504 }]);
  });

  it('responds itself', async () => {
    await using gateway = await startGateway({
      resolveProvider: hostile(new FileContentError('rate_limited', 'Come back tomorrow.')),
      express,
    });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(429);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { message: 'Come back tomorrow.' } });
  });
});

it('row 50: a resolver that rejects after its client left harms nothing', async () => {
  using watch = watchProcess();
  let reject: ((error: Error) => void) | undefined;
  const started = new Promise<void>((resolve) => {
    resolveStarted = resolve;
  });
  await using gateway = await startGateway({
    resolveProvider: () =>
      new Promise((_resolve, fail) => {
        reject = fail;
        resolveStarted?.();
      }),
  });
  using client = await connectRaw(gateway.port);
  client.send(requestBytes());
  await started;
  client.rst();
  expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status: 499 }]);
  reject?.(new Error('late'));
  await new Promise(setImmediate);
  expect(gateway.records).toHaveLength(1);
  watch.expectQuiet();
});

let resolveStarted: (() => void) | undefined;

describe('row 51: an adapter that', () => {
  const throwing = (): never => {
    throw new Error('adapter');
  };
  const adapters: readonly (readonly [string, LoggingAdapter])[] = [
    ['throws', { started: throwing, finished: throwing }],
    ['rejects', { finished: () => Promise.reject(new Error('adapter')) }],
    ['hangs', { finished: () => pending() }],
    // biome-ignore lint/suspicious/noThenProperty: a hostile thenable is the test
    ['returns a thenable that throws', { finished: () => ({ then: throwing }) }],
    [
      'changes the record',
      {
        finished: (record) => {
          Object.assign(record, { outcome: 'rejected' });
        },
      },
    ],
  ];

  it.each(adapters)('%s takes nothing from the next one', async (_name, adapter) => {
    using watch = watchProcess();
    const records: TransferRecord[] = [];
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({
      upstream: provider.origin,
      logger: [adapter, { finished: (record) => void records.push(record) }],
    });
    const { response } = await rawRequest(gateway.port);
    expect(response.body.toString()).toBe('content');
    await gateway.recorded(1);
    expect(records).toMatchObject([{ outcome: 'completed' }]);
    await new Promise(setImmediate);
    watch.expectQuiet();
  });
});

describe.each([4, 5] as const)("row 52: errors: 'next' (Express %i)", (express) => {
  async function answerOf(handler: ErrorRequestHandler | undefined) {
    using watch = watchProcess();
    const options: GatewayOptions = {
      errors: 'next',
      resolveProvider: hostile(new FileContentError('file_not_found', 'No such file.')),
      express,
    };
    await using gateway = await startGateway({ ...options, ...(handler && { after: (app) => void app.use(handler) }) });
    const { response, bytes } = await rawRequest(gateway.port, { connection: 'close' });
    await gateway.recorded(1);
    expect(gateway.records).toHaveLength(1);
    watch.expectQuiet();
    return { response, bytes, record: gateway.records[0] };
  }

  it("gets its response from the application's error handler", async () => {
    const { response, record } = await answerOf((error: FileContentError, _req: Request, res, _next) => {
      res.status(418).json({ mine: error.code });
    });
    expect(response.status).toBe(418);
    expect(JSON.parse(response.body.toString())).toEqual({ mine: 'file_not_found' });
    expect(record).toMatchObject({ outcome: 'rejected', status: 418 });
  });

  it("gets the error's status from Express if the application has no error handler", async () => {
    const { response, record } = await answerOf(undefined);
    expect(response.status).toBe(404);
    expect(record).toMatchObject({ outcome: 'rejected', status: 404 });
  });

  it('gets one response if the handler throws', async () => {
    const { response, bytes } = await answerOf((_error: unknown, _req: Request, _res, _next) => {
      throw new Error('handler');
    });
    expect(response.status).toBe(500);
    expect(bytes.toString().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});
