import { AsyncLocalStorage } from 'node:async_hooks';
import { Transform } from 'node:stream';
import {
  bufferedProvider,
  type LocatedProvider,
  type LoggingAdapter,
  openaiCompatible,
  streamProvider,
  type Tap,
} from '../../../lib/index';
import { fakeProvider } from '../../../lib/testing/index';
import { type GatewayOptions, startGateway } from '../../support/gateway';

const current = new AsyncLocalStorage<string>();
/** Which functions ran, and where. */
const seen = new Map<string, Set<string>>();
let transfers = 0;

function note(what: string): void {
  const places = seen.get(what) ?? new Set();
  seen.set(what, places.add(current.getStore() ?? 'outside'));
}

const adapter: LoggingAdapter = {
  started: () => note('started'),
  finished: () => note('finished'),
  observe: () => ({
    run: (work) => current.run(`transfer ${++transfers}`, work),
    step: ({ kind }) => ({
      run: (work) => current.run(kind, work),
      ended: () => note('the end of a step'),
    }),
    ended: () => note('the end'),
  }),
};
const tap = (): Tap => ({ chunk: () => note('tap'), end: () => note('the end of the tap') });

async function* body(): AsyncGenerator<Uint8Array> {
  note('body');
  yield Buffer.from('content ');
  await Promise.resolve();
  note('body');
}

/** Requests a file twice, and keeps what was seen of the second time: its connections may be those of the first. */
async function getAgain(options: GatewayOptions): Promise<string> {
  await using gateway = await startGateway({ ...options, logger: adapter });
  const get = () => fetch(`${gateway.origin}/v1/files/file-1/content`).then((response) => response.text());
  await get();
  await gateway.recorded(1);
  seen.clear();
  const text = await get();
  await gateway.recorded(2);
  return text;
}

beforeEach(() => {
  seen.clear();
  transfers = 0;
});

const PROVIDERS = {
  bufferedProvider: bufferedProvider({ name: 'function', fetchContent: async () => ({ body: body() }) }),
  streamProvider: streamProvider({ name: 'function', openContent: async () => ({ body: body() }) }),
};

it.each(Object.entries(PROVIDERS))(
  'adapters, taps and bodies of a %s run inside of the transfer',
  async (_name, provider) => {
    expect(await getAgain({ resolveProvider: () => ({ provider, taps: [tap()] }) })).toBe('content ');
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries(
        ['started', 'finished', 'the end of a step', 'the end', 'tap', 'the end of the tap', 'body'].map((name) => [
          name,
          new Set(['transfer 2']),
        ]),
      ),
    );
  },
);

it.each(['stream', 'buffer'] as const)('functions of a provider by %s run inside of the transfer', async (delivery) => {
  // Larger than what arrives at once: a body that is there already is not inspected.
  const content = 'content '.repeat(200_000);
  await using fake = await fakeProvider({ files: { 'file-1': content } });
  const held = openaiCompatible({ name: 'held', baseURL: fake.baseURL, apiKey: 'k' });
  const provider: LocatedProvider = {
    ...held,
    locate: (request) => {
      note('locate');
      return held.locate(request);
    },
    inspect: () => {
      note('inspect');
      return false;
    },
    describeFile: async () => {
      note('describeFile');
      return { filename: 'a.txt' };
    },
    transform() {
      note('transform');
      return new Transform({
        transform(chunk, _encoding, callback) {
          note('the stream of transform');
          callback(null, chunk);
        },
      });
    },
  };
  const resolveProvider = async () => {
    await Promise.resolve();
    note('resolver');
    return { provider, delivery, taps: [tap()] };
  };
  expect(await getAgain({ resolveProvider })).toBe(content);
  const inside = new Set(['transfer 2']);
  expect(Object.fromEntries(seen)).toEqual({
    resolver: new Set(['resolve']),
    locate: new Set(['locate']),
    describeFile: new Set(['function']),
    ...Object.fromEntries(
      [
        'inspect',
        'transform',
        'the stream of transform',
        'started',
        'finished',
        'the end of a step',
        'the end',
        'tap',
      ].map((name) => [name, inside]),
    ),
    'the end of the tap': inside,
  });
});

it('a presign runs inside of its step', async () => {
  const held = openaiCompatible({ name: 'held', baseURL: 'https://store.example' });
  const presign = async () => {
    await Promise.resolve();
    note('presign');
    return { url: 'https://store.example/signed' };
  };
  await using gateway = await startGateway({
    logger: adapter,
    resolveProvider: () => ({ provider: { ...held, presign }, delivery: 'redirect' }),
  });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { redirect: 'manual' });
  expect(response.status).toBe(302);
  expect(seen.get('presign')).toEqual(new Set(['locate']));
});

it('the next handler after a declined request does not run inside of it', async () => {
  await using gateway = await startGateway({
    logger: adapter,
    resolveProvider: async () => undefined,
    after: (app) => app.use((_req, res) => void res.send(current.getStore() ?? 'outside')),
  });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
  expect(await response.text()).toBe('outside');
});
