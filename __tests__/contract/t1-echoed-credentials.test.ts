import { inspect } from 'node:util';
import { azureOpenAI, gemini, type LocatedProvider, openai, openaiCompatible, type Provider } from '../../lib/index';
import { CARRIERS, KEY_SHAPES, SPELLINGS } from '../support/echoed-keys';
import { type Gateway, startGateway } from '../support/gateway';
import { type RawProvider, startRawProvider } from '../support/raw-provider';

/** Bytes of a refusal that has `echo` wherever a provider may put a text. */
function refusalWith(echo: string, status: string): Buffer {
  const message = `The key ${echo} is refused`;
  const body = JSON.stringify({ error: { message, type: `t ${echo}`, param: `p ${echo}`, code: `c ${echo}` } });
  const field = /^[\x20-\x7e]*$/.test(echo) ? echo : 'none';
  return Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${field}\r\nRetry-After: ${field}\r\nX-Should-Retry: ${field}\r\nX-Echo: ${field}\r\n\r\n${body}`,
  );
}

const codedWith = (echo: string): Buffer =>
  Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${/^[\w.-]+$/.test(echo) ? echo : 'x'}, chunked\r\n\r\n0\r\n\r\n`);

const nonsenseWith = (echo: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\n${echo}\r\n\r\n`);

const FAULTS: readonly ((echo: string) => Buffer)[] = [
  (echo) => refusalWith(echo, `400 ${/^[\x20-\x7e]*$/.test(echo) ? echo : 'No'}`),
  (echo) => refusalWith(echo, '429 Too Many Requests'),
  (echo) => refusalWith(echo, '401 Unauthorized'),
  codedWith,
  nonsenseWith,
];

const READY: Readonly<Record<string, (origin: string, key: string) => LocatedProvider>> = {
  openai: (origin, apiKey) => openai({ apiKey, baseURL: `${origin}/v1` }),
  azureOpenAI: (origin, apiKey) => azureOpenAI({ apiKey, baseURL: `${origin}/openai/v1` }),
  gemini: (origin, apiKey) => gemini({ apiKey, baseURL: origin }),
  'openaiCompatible with a query': (origin, key) =>
    openaiCompatible({ name: 'own', baseURL: `${origin}/v1?subscription-key=${encodeURIComponent(key)}` }),
  'openaiCompatible with a header': (origin, key) =>
    openaiCompatible({ name: 'own', baseURL: `${origin}/v1`, headers: { 'x-own-key': key } }),
};

const CUSTOM = Object.fromEntries(
  Object.entries(CARRIERS).map(([carrier, carry]) => [
    carrier,
    (origin: string, key: string): LocatedProvider => ({
      name: 'own',
      streaming: true,
      locate() {
        const { headers, query = '' } = carry(key);
        return { url: `${origin}/v1/files/file-1/content?${query}`, headers };
      },
    }),
  ]),
);

describe.each(['stream', 'buffer'] as const)('T1: a credential that a provider echoes (%s)', (delivery) => {
  let upstream: RawProvider;
  let app: Gateway;
  let response: Buffer = Buffer.alloc(0);
  let provider: Provider;
  const errors: unknown[] = [];

  beforeAll(async () => {
    upstream = await startRawProvider(({ send, fin }) => send(response).then(fin));
    app = await startGateway({
      errors: 'next',
      buffer: { retries: 0 },
      resolveProvider: () => ({ provider, delivery }),
      after: (behind) =>
        void behind.use(
          (
            error: { status: number; headers: Record<string, string>; toResponseBody(): unknown },
            _req: unknown,
            res: { status(code: number): { set(headers: object): { json(body: unknown): void } } },
            _next: unknown,
          ) => {
            errors.push(error);
            res.status(error.status).set(error.headers).json(error.toResponseBody());
          },
        ),
    });
  });

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await upstream.close();
  });

  it.each(Object.entries({ ...READY, ...CUSTOM }))('in %s: is nowhere, in any spelling', async (_name, make) => {
    const leaks: string[] = [];
    const shapes = Object.entries(KEY_SHAPES);
    const spellings = Object.entries(SPELLINGS).filter(([name]) => !name.includes('Base64'));
    // Each shape with a few spellings, each spelling with a few shapes.
    for (let index = 0; index < spellings.length; index += 1) {
      const [shape, key] = shapes[index % shapes.length] ?? ['', ''];
      const [spelling, spell] = spellings[index] ?? ['', String];
      const echo = spell(key);
      response = FAULTS[index % FAULTS.length]?.(echo) ?? response;
      provider = make(upstream.origin, key);
      const known = app.records.length;
      const received = await fetch(`${app.origin}/v1/files/file-1/content`);
      const text = JSON.stringify([...received.headers]) + (await received.text());
      const record = (await app.recorded(known + 1)).at(-1);
      const printed = [
        text,
        JSON.stringify(record),
        inspect(record, { depth: 9 }),
        inspect(errors.at(-1), { depth: 9 }),
      ];
      const escaped = JSON.stringify(echo).slice(1, -1);
      if (printed.some((place) => place.includes(echo) || place.includes(escaped))) leaks.push(`${shape}, ${spelling}`);
    }
    expect(leaks).toEqual([]);
  });
});
