import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FileContentRouterOptions, openai, type Provider, type TransferRecord } from '../../lib/index';
import { type Gateway, startGateway } from '../support/gateway';
import { POLLUTION, pollute } from '../support/pollution';
import { connectRaw, requestBytes } from '../support/raw-client';

const LARGE = Buffer.alloc(300_000, 'large');

interface Upstream extends AsyncDisposable {
  readonly origin: string;
  readonly requests: unknown[];
}

/** A provider with every header that is read, written with what no prototype has a part in. */
async function startUpstream(): Promise<Upstream> {
  const requests: unknown[] = [];
  const server: Server = createServer((request, response) => {
    requests.push([request.method, request.url, [...request.rawHeaders]]);
    const url = String(request.url);
    const range = request.rawHeaders.some((name) => name.toLowerCase() === 'range');
    if (url.includes('refused')) {
      const body = '{"error":{"message":"Refused.","code":"no"}}';
      response.writeHead(409, ['Content-Length', String(body.length), 'X-Request-Id', 'req_2', 'Retry-After', '1']);
      response.end(body);
      return;
    }
    const content = url.includes('large') ? LARGE : Buffer.from('hello');
    const fields = ['Content-Type', 'text/csv', 'ETag', '"v1"', 'X-Request-Id', 'req_1', 'Accept-Ranges', 'bytes'];
    fields.push(
      'Last-Modified',
      'Sat, 03 Jan 2026 00:00:00 GMT',
      'Content-Disposition',
      'attachment; filename="a.csv"',
    );
    fields.push('OpenAI-Version', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Two', '1', 'X-Two', '2');
    const part = range ? content.subarray(1, 3) : content;
    if (range) fields.push('Content-Range', `bytes 1-2/${content.length}`);
    response.writeHead(range ? 206 : 200, [...fields, 'Content-Length', String(part.length)]);
    response.end(request.method === 'HEAD' ? undefined : part);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const MODES: Readonly<Record<string, (origin: string) => Provider | { provider: Provider; delivery: 'buffer' }>> = {
  stream: (origin) => openai({ apiKey: 'sk-own', baseURL: `${origin}/v1` }),
  buffer: (origin) => ({ provider: openai({ apiKey: 'sk-own', baseURL: `${origin}/v1` }), delivery: 'buffer' }),
  'a provider of the application’s own': (origin) => ({
    name: 'own',
    streaming: true,
    locate: ({ fileId }) => ({ url: `${origin}/${fileId}` }),
  }),
  'a function': () => ({
    name: 'function',
    streaming: false,
    fetchContent: async ({ fileId }) => ({ body: fileId.includes('large') ? LARGE : Buffer.from('hello') }),
  }),
};

const REQUESTS = [
  ['GET', 'file-1', []],
  ['HEAD', 'file-1', []],
  ['GET', 'file-large', ['Accept: text/csv']],
  ['GET', 'file-1', ['Range: bytes=1-2']],
  ['GET', 'file-1', ['If-None-Match: "other"', 'User-Agent: test']],
  ['GET', 'file-refused', []],
  ['GET', '%2e%2e', []],
] as const;

/** What the test's own client and server would obey as well: they are connected before. */
const OF_CONNECTIONS = new Set(['hostname', 'localAddress', 'path', 'port', 'socketPath', 'all']);

async function exchanges(
  app: Gateway,
  upstream: Upstream,
  pollution: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const clients = await Promise.all(REQUESTS.map(() => connectRaw(app.port)));
  using _ = pollute(pollution);
  const responses: unknown[] = [];
  for (const [index, [method, id, headers]] of REQUESTS.entries()) {
    using client = clients[index]!;
    client.send(requestBytes({ method, path: `/v1/files/${id}/content`, headers: [...headers] }));
    const { response } = await client.result(1, [method]);
    const seen = [...response.headers].filter(
      ([name]) => name !== 'date' && (name !== 'x-request-id' || id === 'file-1'),
    );
    responses.push([response.status, seen, response.body.length, response.body.subarray(0, 400).toString()]);
  }
  const records = await app.recorded(REQUESTS.length);
  return { responses, records: records.map(withoutTimes), requests: upstream.requests.splice(0) };
}

function withoutTimes(record: TransferRecord): unknown {
  const kept = Object.entries(record).filter(
    ([name]) => !['transferId', 'startedAt', 'durationMs', 'firstByteMs', 'requestId'].includes(name),
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(kept)));
}

describe.each(Object.entries(MODES))('P1: %s', (_mode, resolve) => {
  let upstream: Upstream;
  let clean: string;

  async function run(name: string, pollution: Readonly<Record<string, unknown>>): Promise<string> {
    const options: FileContentRouterOptions = {
      resolveProvider: () => resolve(upstream.origin),
      headers: { response: ['set-cookie', 'x-two'] },
    };
    const isLater = OF_CONNECTIONS.has(name);
    const early = pollute(isLater ? {} : pollution);
    const starting = startGateway(options);
    // Constructed under it; what listens is the test's.
    early[Symbol.dispose]();
    await using app = await starting;
    return JSON.stringify(await exchanges(app, upstream, pollution), undefined, 1);
  }

  beforeAll(async () => {
    upstream = await startUpstream();
    clean = await run('none', {});
  });

  afterAll(async () => await upstream[Symbol.asyncDispose]());

  it.each(Object.keys(POLLUTION))('%s on Object.prototype changes nothing', async (name) => {
    expect(await run(name, { [name]: POLLUTION[name] })).toBe(clean);
  });

  it('all of it at once changes nothing', async () => {
    expect(await run('all', POLLUTION)).toBe(clean);
  });
});
