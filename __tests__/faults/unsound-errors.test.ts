import { Transform } from 'node:stream';
import {
  bufferedProvider,
  FileContentError,
  type FileContentErrorCode,
  type LocatedProvider,
  openaiCompatible,
  type ProviderResolver,
} from '../../lib/index';
import { DELIVERIES } from '../support/deliveries';
import { startGateway } from '../support/gateway';
import { watchProcess } from '../support/leaks';
import { rawRequest } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

function made(members: Readonly<Record<string, unknown>>): FileContentError {
  const error = new FileContentError('rate_limited', 'Later.');
  for (const [name, value] of Object.entries(members)) Object.defineProperty(error, name, { value });
  return error;
}

function accessor(name: string): FileContentError {
  return Object.defineProperty(new FileContentError('rate_limited', 'Later.'), name, {
    get() {
      throw new Error('not for you');
    },
  });
}

const BRAND = Symbol.for('express-file-content.error');
const evil = {
  toString() {
    throw new Error('no text');
  },
};
const cyclic: { cause?: unknown } = new Error('cyclic');
cyclic.cause = cyclic;

class Sub extends FileContentError {
  override get message(): string {
    throw new Error('not for you');
  }
  override set message(_value: string) {}
}

/** Made anew for each use. The second is the status that the client gets. */
const errors: [string, () => unknown, number][] = [
  [
    'a toResponseBody that rejects',
    () => made({ toResponseBody: async () => Promise.reject(new Error('too late')) }),
    500,
  ],
  ...[42, Symbol('message'), {}, null, undefined, evil, 10n].map((message): [string, () => unknown, number] => [
    `a message of type ${typeof message}`,
    () => made({ message }),
    500,
  ]),
  ...['message', 'code', 'status', 'headers', 'body', 'cause'].map((name): [string, () => unknown, number] => [
    `a ${name} that throws`,
    () => accessor(name),
    500,
  ]),
  ...['unknown', 'toString', 5, Symbol('code')].map((code): [string, () => unknown, number] => [
    `the code ${String(code)}`,
    () => made({ code: code as FileContentErrorCode }),
    500,
  ]),
  ...[Number.NaN, 200, 9_999, '500', 404.5, null].map((status): [string, () => unknown, number] => [
    `the status ${String(status)}`,
    () => made({ status }),
    500,
  ]),
  ...[
    null,
    'text',
    { 'x-a': 'a\r\nb: c' },
    { 'x-a': evil },
    { 'x-a': 'y'.repeat(100_000) },
    { 'content-length': '1' },
  ].map((headers, index): [string, () => unknown, number] => [`headers, ${index}`, () => made({ headers }), 500]),
  ['a body that is no text', () => made({ body: { type: 5, param: {}, code: null } }), 500],
  ['a cyclic cause', () => new FileContentError('rate_limited', 'Later.', { cause: cyclic }), 429],
  ['a frozen one', () => Object.freeze(new FileContentError('rate_limited', 'Later.')), 429],
  ['one without a prototype', () => Object.setPrototypeOf(new FileContentError('rate_limited', 'Later.'), null), 429],
  ['a subclass whose accessor the constructor hides', () => new Sub('rate_limited', 'Later.'), 429],
  [
    'one of another copy',
    () =>
      Object.assign(new Error('Later.'), {
        [BRAND]: true,
        code: 'rate_limited',
        status: 429,
        headers: { 'retry-after': '3' },
        body: { type: 'rate_limit_error', param: null, code: 'rate_limited' },
      }),
    429,
  ],
  ['a branded error with nothing', () => Object.assign(new Error('Later.'), { [BRAND]: true }), 500],
  ['a proxy', () => new Proxy(new FileContentError('rate_limited', 'Later.'), {}), 429],
  [
    'a proxy that throws',
    () =>
      new Proxy(new FileContentError('rate_limited', 'Later.'), {
        get(target, name) {
          if (name === 'message' || name === 'cause') throw new Error('not for you');
          return Reflect.get(target, name);
        },
      }),
    500,
  ],
  [
    'one that changes when it is read again',
    () => {
      let reads = 0;
      return Object.defineProperty(new FileContentError('rate_limited', 'Later.'), 'message', {
        get: () => {
          reads += 1;
          return reads === 1 ? 'Later.' : Symbol('changed');
        },
      });
    },
    429,
  ],
];

type Thrower = () => never;
const place = (more: Partial<LocatedProvider>): ((origin: string) => LocatedProvider) => {
  return (origin) => ({
    name: 'held',
    streaming: more.convert === undefined,
    locate: () => ({ url: `${origin}/files/file-1/content` }),
    ...more,
  });
};

const places: [string, (thrower: Thrower, origin: string) => ProviderResolver][] = [
  ['the resolver', (thrower) => async () => thrower()],
  ['locate', (thrower, origin) => () => place({ locate: thrower })(origin)],
  [
    'a credential function',
    (thrower, origin) => () => openaiCompatible({ name: 'held', baseURL: origin, apiKey: async () => thrower() }),
  ],
  ['fetchContent', (thrower) => () => bufferedProvider({ name: 'held', fetchContent: async () => thrower() })],
  [
    'a body',
    (thrower) => () =>
      bufferedProvider({
        name: 'held',
        fetchContent: async () => ({
          // biome-ignore lint/correctness/useYield: it fails before its first chunk
          body: (async function* body() {
            thrower();
          })(),
        }),
      }),
  ],
  ['convert', (thrower, origin) => () => place({ convert: async () => thrower() })(origin)],
  ['transform', (thrower, origin) => () => place({ transform: thrower })(origin)],
  ['addHeaders', (thrower, origin) => () => place({ addHeaders: thrower })(origin)],
];

describe.each(places)('a malformed error thrown by %s', (_where, resolverWith) => {
  it.each(errors)('is one response and one record: %s', async (_what, make, expected) => {
    using watch = watchProcess();
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    const thrower = (): never => {
      throw make();
    };
    for (const mode of ['respond', 'next'] as const) {
      await using gateway = await startGateway({
        errors: mode,
        resolveProvider: resolverWith(thrower, provider.origin),
      });
      const { response } = await rawRequest(gateway.port);
      expect(response.status).toBe(expected);
      if (mode === 'respond') {
        expect(JSON.parse(response.body.toString())).toEqual({
          error: {
            message: expect.any(String),
            type: expect.any(String),
            param: null,
            code: expected === 500 ? 'internal_error' : 'rate_limited',
          },
        });
      }
      const [record, ...others] = await gateway.recorded(1);
      expect(others).toEqual([]);
      expect(record).toMatchObject({ status: expected, outcome: expected === 500 ? 'internal_error' : 'rejected' });
      expect(typeof record?.error?.message).toBe('string');
    }
    watch.expectQuiet();
  });
});

describe.each<['calls back with' | 'throws']>([['calls back with'], ['throws']])(
  'a transformation that %s one, in the middle',
  (way) => {
    it.each(errors)('%s', async (_what, make) => {
      using watch = watchProcess();
      await using provider = await startRawProvider(({ send }) => send(answer('content')));
      const failing = place({
        transform: () =>
          new Transform({
            transform(_chunk, _encoding, callback) {
              if (way === 'throws') throw make();
              callback(make() as Error);
            },
          }),
      });
      for (const delivery of ['stream', 'buffer'] as const) {
        await using gateway = await startGateway({
          resolveProvider: () => ({ provider: failing(provider.origin), delivery }),
        });
        const { response } = await rawRequest(gateway.port);
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(JSON.parse(response.body.toString())).toMatchObject({ error: { message: expect.any(String) } });
        expect(await gateway.recorded(1)).toHaveLength(1);
      }
      watch.expectQuiet();
    });
  },
);

it.each(errors)('a translateRefusal that throws one leaves the refusal: %s', async (_what, make) => {
  using watch = watchProcess();
  await using provider = await startRawProvider(({ send }) => send(answer('no', [], '409 Conflict')));
  const refusing = place({
    translateRefusal() {
      throw make();
    },
  });
  await using gateway = await startGateway({ resolveProvider: () => refusing(provider.origin) });
  const { response } = await rawRequest(gateway.port);
  expect(response.status).toBe(409);
  expect(await gateway.recorded(1)).toHaveLength(1);
  watch.expectQuiet();
});

it.each(
  DELIVERIES.flatMap((delivery) => [
    [delivery, 'rejects', async () => Promise.reject(new Error('too late'))] as const,
    [delivery, 'is fulfilled', async () => ({ message: 'too late' })] as const,
  ]),
)('a promise of a translateRefusal leaves the refusal in the common words: %s, %s', async (delivery, _what, late) => {
  using watch = watchProcess();
  const refusal = answer('{"error":{"message":"The file is locked."}}', [], '409 Conflict');
  await using provider = await startRawProvider(({ send }) => send(refusal));
  // What a gateway without types could write.
  const asynchronous = { translateRefusal: late } as object as Partial<LocatedProvider>;
  const refusing = place(asynchronous);
  await using gateway = await startGateway({
    resolveProvider: () => ({ provider: refusing(provider.origin), delivery }),
  });
  const { response } = await rawRequest(gateway.port);
  expect(response.status).toBe(409);
  expect(JSON.parse(response.body.toString())).toMatchObject({ error: { message: 'The file is locked.' } });
  expect(await gateway.recorded(1)).toHaveLength(1);
  watch.expectQuiet();
});
