import { azureOpenAI, type LocatedProvider, openai, type TransferRecord } from '../../lib/index';
import { CLIENT_KEY, captureConsole, findSecret, PROVIDER_KEY } from '../support/canary';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

/** Every place in which a client may carry a credential, its cookies and its address among them. */
const CLIENT_SECRETS = [
  `Authorization: Bearer ${CLIENT_KEY}`,
  `Cookie: session=${CLIENT_KEY}`,
  `X-Api-Key: ${CLIENT_KEY}`,
  `Api-Key: ${CLIENT_KEY}`,
  `X-Goog-Api-Key: ${CLIENT_KEY}`,
  `Proxy-Authorization: Basic ${CLIENT_KEY}`,
  `OpenAI-Organization: ${CLIENT_KEY}`,
  `X-Forwarded-For: ${CLIENT_KEY}`,
  `Referer: https://chat.test/?key=${CLIENT_KEY}`,
  `User-Agent: ${CLIENT_KEY}`,
  `X-Anything: ${CLIENT_KEY}`,
];

const echoKey: RawScript = ({ send, head }) => send(answer(`Incorrect key: ${head}`, [], '401 Unauthorized'));
const echoEverywhere: RawScript = ({ send }) => {
  const body = JSON.stringify({
    error: {
      message: `The key ${PROVIDER_KEY} is over its limit`,
      type: PROVIDER_KEY,
      param: PROVIDER_KEY,
      code: PROVIDER_KEY,
    },
  });
  return send(answer(body, [`X-Echo: ${PROVIDER_KEY}`, 'Content-Type: application/json'], '400 Bad Request'));
};

const PROVIDERS: readonly [string, (origin: string) => LocatedProvider][] = [
  ['a bearer token', (origin) => openai({ apiKey: PROVIDER_KEY, baseURL: `${origin}/v1` })],
  ['an api-key header', (origin) => azureOpenAI({ apiKey: PROVIDER_KEY, baseURL: `${origin}/openai/v1` })],
  ['a credential function', (origin) => openai({ apiKey: async () => PROVIDER_KEY, baseURL: `${origin}/v1` })],
];

const ANSWERS: readonly [string, RawScript][] = [
  ['a success', ({ send }) => send(answer('hello'))],
  ['a 401 that repeats the key', echoKey],
  ['a refusal that repeats the key in every field', echoEverywhere],
  [
    'a cut body',
    async ({ send, rst }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      rst();
    },
  ],
  ['a reset', ({ rst }) => rst()],
  ['headers that are none', ({ send }) => send(`HTTP/1.1 200 OK\r\n${PROVIDER_KEY}\r\n\r\n`)],
];

describe.each(EXPRESS_MAJORS)('T1: credentials stay where they belong (Express %i)', (express) => {
  describe.each(PROVIDERS)('with %s', (_what, make) => {
    it.each(ANSWERS)('and %s', async (_answer, script) => {
      using output = captureConsole();
      await using provider = await startRawProvider(script);
      const held = make(provider.origin);
      const errors: unknown[] = [];
      await using app = await startGateway({
        express,
        errors: 'next',
        resolveProvider: () => held,
        after: (behind) =>
          void behind.use(
            (error: unknown, _req: unknown, res: { status(code: number): { end(): void } }, _next: unknown) => {
              errors.push(error);
              res.status(500).end();
            },
          ),
      });
      using client = await connectRaw(app.port);
      const headers = [...CLIENT_SECRETS, 'Expect: 100-continue', 'Connection: authorization, x-anything'];
      client.send(requestBytes({ headers, path: `/v1/files/file-1/content?api_key=${CLIENT_KEY}` }));
      await client.result();
      const [record] = await app.recorded(1);
      expect(findSecret(CLIENT_KEY, { provider: provider.received })).toEqual([]);
      expect(findSecret(PROVIDER_KEY, { provider: provider.received })).not.toEqual([]);
      const places = { client: client.bytes, records: app.records, starts: app.starts, errors, console: output.lines };
      expect(findSecret(PROVIDER_KEY, places)).toEqual([]);
      expect(findSecret(CLIENT_KEY, { ...places, client: '' })).toEqual([]);
      expect(record?.transferId).toBeDefined();
    });
  });

  it('and a signature in a URL, which is neither in an error nor in a record', async () => {
    const signature = 'c1gnature0fTheUrl';
    await using provider = await startRawProvider(({ send, head }) =>
      send(answer(JSON.stringify({ error: { message: `Bad request: ${head}` } }), [], '400 Bad Request')),
    );
    await using app = await startGateway({
      express,
      resolveProvider: () => ({
        name: 'signed',
        streaming: true,
        locate: () => ({ url: `${provider.origin}/bucket/file?X-Amz-Signature=${signature}` }),
      }),
    });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    const { response } = await client.result();
    expect(response.status).toBe(400);
    expect(provider.requests[0]).toContain(signature);
    const records: readonly TransferRecord[] = await app.recorded(1);
    expect(findSecret(signature, { client: client.bytes, records, starts: app.starts })).toEqual([]);
  });

  it('no transfer gets the credential of another', async () => {
    await using provider = await startRawProvider(({ send, head }) =>
      send(answer(/authorization: Bearer (\S+)/i.exec(head)?.[1] ?? 'none')),
    );
    await using app = await startGateway({
      express,
      resolveProvider: async (_req, { fileId }) => {
        await new Promise(setImmediate);
        return openai({ apiKey: `key-of-${fileId}`, baseURL: provider.origin });
      },
    });
    const ids = Array.from({ length: 50 }, (_, index) => `file-${index}`);
    const bodies = await Promise.all(
      ids.map(async (id) => await (await fetch(`${app.origin}/v1/files/${id}/content`)).text()),
    );
    expect(bodies).toEqual(ids.map((id) => `key-of-${id}`));
  });
});
