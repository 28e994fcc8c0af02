import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { openai } from '../../../lib';
import { makeCertificate } from '../../support/certificates';
import { startGateway } from '../../support/gateway';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { answer, type RawProvider, startRawProvider } from '../../support/raw-provider';

/** A place that nothing may be sent to. */
async function startTrap() {
  const server = createServer((_request, response) => response.end('trap'));
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

type Trap = Awaited<ReturnType<typeof startTrap>>;

/** By the names that http-proxy-middleware, httpxy, axios, node:http, node:net and node:tls read of options. */
const POLLUTION: readonly [string, (trap: Trap) => unknown][] = [
  ['forward', ({ url }) => new URL(url)],
  ['target', ({ url }) => url],
  [
    'router',
    ({ url }) =>
      () =>
        url,
  ],
  ['pathRewrite', () => () => '/rewritten'],
  ['secure', () => false],
  ['rejectUnauthorized', () => false],
  ['checkServerIdentity', () => () => undefined],
  ['method', () => 'DELETE'],
  ['headers', () => ({ 'x-polluted': '1', authorization: 'Bearer polluted' })],
  ['buffer', () => Readable.from(['polluted'])],
  ['xfwd', () => true],
  ['followRedirects', () => true],
  ['maxRedirects', () => 5],
  ['beforeRedirect', () => () => undefined],
  ['changeOrigin', () => true],
  ['ignorePath', () => true],
  ['prependPath', () => false],
  ['toProxy', () => true],
  ['ws', () => true],
  ['timeout', () => 1],
  ['proxyTimeout', () => 1],
  ['auth', () => 'polluted:polluted'],
  ['ssl', () => ({ headers: { 'x-polluted': '1' } })],
  ['ca', () => 'polluted'],
  ['cert', () => 'polluted'],
  ['key', () => 'polluted'],
  ['pfx', () => 'polluted'],
  ['passphrase', () => 'polluted'],
  ['ciphers', () => 'polluted'],
  ['secureProtocol', () => 'polluted'],
  ['minVersion', () => 'polluted'],
  ['secureContext', () => 'polluted'],
  ['ALPNProtocols', () => ['polluted']],
  ['servername', () => 'polluted.test'],
  ['pskCallback', () => 'polluted'],
  ['session', () => 'polluted'],
  ['host', () => 'polluted.test'],
  ['hostname', () => 'polluted.test'],
  ['port', ({ port }) => port],
  ['pathname', () => '/polluted'],
  ['search', () => '?polluted'],
  ['protocol', () => 'polluted:'],
  ['socketPath', () => '/polluted.sock'],
  ['localAddress', () => '192.0.2.1'],
  ['lookup', () => () => undefined],
  ['family', () => 6],
  ['agent', () => false],
  [
    'createConnection',
    ({ port }) =>
      () =>
        new Socket().connect(port, '127.0.0.1'),
  ],
  ['defaultPort', ({ port }) => port],
  ['setHost', () => false],
  ['setDefaultHeaders', () => false],
  ['insecureHTTPParser', () => true],
  ['maxHeaderSize', () => 1],
  ['joinDuplicateHeaders', () => true],
  ['uniqueHeaders', () => ['host']],
  ['httpAgent', () => ({})],
  ['httpsAgent', () => ({})],
  ['transport', () => ({})],
  ['proxy', ({ port }) => ({ host: '127.0.0.1', port })],
  ['baseURL', ({ url }) => url],
  ['params', () => ({ polluted: '1' })],
  ['paramsSerializer', () => () => 'polluted'],
  ['data', () => 'polluted'],
  ['decompress', () => true],
  ['maxContentLength', () => 1],
  ['maxRate', () => 1],
  ['responseType', () => 'text'],
  ['validateStatus', () => () => false],
  ['httpVersion', () => 2],
  ['logger', () => ({ info: 1 })],
  ['plugins', () => [() => undefined]],
  ['server', () => ({})],
  ['reuseConnections', () => false],
  ['keepAlive', () => false],
  ['transfer-encoding', () => 'chunked'],
  ['connection', () => 'close, transfer-encoding'],
  ['expect', () => '100-continue'],
  [':authority', () => 'polluted.test'],
  ['content-length', () => '1'],
];

const tls = makeCertificate();

describe.each([
  ['stream', 'http'],
  ['buffer', 'http'],
  ['stream', 'https'],
  ['buffer', 'https'],
] as const)('P1: options on Object.prototype (%s, %s)', (delivery, scheme) => {
  /** What the provider got and the client saw in two requests, the second over a connection that is kept. */
  async function exchange(provider: RawProvider, pollute: () => void, clean: () => void): Promise<unknown> {
    const held = openai({ apiKey: 'sk-own', baseURL: `${provider.origin}/v1?fixed=1` });
    pollute();
    try {
      await using app = await startGateway({
        resolveProvider: () => ({ provider: held, delivery }),
        logger: [],
        timeouts: {},
        buffer: { retries: 0 },
      });
      // The test's own client is made in a clean world.
      clean();
      using client = await connectRaw(app.port);
      const bytes = requestBytes({ path: '/v1/files/file-1/content' });
      pollute();
      for (const count of [1, 2]) {
        client.send(bytes);
        await client.result(count);
      }
      clean();
      const seen = client.responses().map(({ status, body }) => [status, body.toString()]);
      const records = (await app.recorded(2)).map(({ outcome, attempts }) => [outcome, attempts]);
      const requests = provider.requests.map((head) => head.replace(`:${provider.port}`, ':PORT'));
      return { seen, records, requests, connections: provider.connections.length };
    } finally {
      clean();
    }
  }

  /** What a gateway gets of an authority that it does not know. */
  function startProvider(): Promise<RawProvider> {
    return startRawProvider(({ send }) => send(answer('content')), scheme === 'https' ? { tls } : {});
  }

  let expected: unknown;

  beforeAll(async () => {
    await using provider = await startProvider();
    const nothing = (): void => undefined;
    expected = await exchange(provider, nothing, nothing);
  });

  it.each(POLLUTION)('%s changes nothing', async (name, make) => {
    await using trap = await startTrap();
    await using provider = await startProvider();
    // Enumerable, so that it is seen by those who read the name and by those who list names. Each change of
    // Object.prototype makes V8 forget what it knows of every object in the process, which takes long where many suites
    // share it.
    const descriptor = { value: make(trap), configurable: true, writable: true, enumerable: true };
    const polluted = await exchange(
      provider,
      () => Object.defineProperty(Object.prototype, name, descriptor),
      () => Reflect.deleteProperty(Object.prototype, name),
    );
    expect(polluted).toEqual(expected);
    expect(trap.connections).toBe(0);
  });
});
