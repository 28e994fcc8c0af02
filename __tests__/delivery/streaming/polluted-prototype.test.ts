import { openai } from '../../../lib';
import type { FakeProvider } from '../../../lib/testing/index';
import { startContentProvider } from '../../support/content-provider';
import { type Gateway, startGateway } from '../../support/gateway';
import { connectRaw, requestBytes } from '../../support/raw-client';

/** What some other package may have put on every object, by the names that this one reads. */
const POLLUTION: Readonly<Record<string, unknown>> = {
  polluted: 'yes',
  authorization: 'Bearer polluted',
  range: 'bytes=0-0',
  'if-none-match': '"polluted"',
  'content-encoding': 'polluted',
  'content-disposition': 'polluted',
  'cache-control': 'polluted',
  'x-request-id': 'polluted',
  'set-cookie': 'polluted=1',
  connection: 'authorization, etag',
  etag: '"polluted"',
  tenant: 'polluted',
  context: { polluted: true },
  delivery: 'buffer',
  responseHeaders: { 'x-polluted': '1' },
  fileId: '../polluted',
  provider: 'polluted',
  transform: () => {
    throw new Error('polluted');
  },
  convert: () => ({ body: Buffer.from('polluted') }),
  redactedError: () => ({ message: 'polluted' }),
  translateRefusal: () => ({ message: 'polluted' }),
  addHeaders: () => ({ 'x-polluted': '1' }),
  redirects: 'follow',
  query: ['polluted'],
  fetchContent: async () => ({ body: Buffer.from('polluted') }),
  started: () => {
    throw new Error('polluted');
  },
  status: 418,
  code: 'polluted',
  cause: 'polluted',
  param: 'polluted',
  idle: 1,
  maxBytes: 1,
  maxConcurrent: 0,
  allowedOrigins: [],
  errors: 'next',
  resources: ['videos'],
};

describe('row 59: Object.prototype polluted', () => {
  let provider: FakeProvider;
  let clean: unknown;

  beforeAll(async () => {
    provider = await startContentProvider();
    clean = await run({});
  });

  afterAll(async () => {
    await provider[Symbol.asyncDispose]();
  });

  /** A success, a HEAD, a refusal and a bad id, without what differs from run to run. */
  async function exchanges(app: Gateway): Promise<unknown> {
    provider.clear();
    using client = await connectRaw(app.port);
    for (const [method, id] of [
      ['GET', 'file-1'],
      ['HEAD', 'file-1'],
      ['GET', 'file-refused'],
      ['GET', '%2e%2e'],
    ] as const) {
      client.send(requestBytes({ method, path: `/v1/files/${id}/content?polluted=1` }));
    }
    const { responses } = await client.result(4, ['GET', 'HEAD', 'GET', 'GET']);
    const records = await app.recorded(4);
    return {
      responses: responses.map(({ status, headers, body }) => {
        const seen = new Map(headers);
        for (const name of ['date', 'x-request-id']) seen.delete(name);
        return [status, [...seen], body.toString()];
      }),
      // A record is a plain object: read off it, a member that it does not have would be the polluted one.
      records: records.map((record) => {
        const seen: Record<string, unknown> = { ...record };
        for (const name of ['transferId', 'startedAt', 'durationMs', 'firstByteMs']) delete seen[name];
        return seen;
      }),
      requests: provider.requests.map(({ url, rawHeaders }) => [url, rawHeaders]),
    };
  }

  async function run(pollution: Readonly<Record<string, unknown>>): Promise<unknown> {
    provider.respond = (request, response) => {
      if (request.url?.includes('refused')) {
        response.writeHead(409).end('{"error":{"message":"Refused."}}');
        return;
      }
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 5 });
      response.end(request.method === 'HEAD' ? undefined : 'hello');
    };
    for (const [name, value] of Object.entries(pollution)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
    }
    try {
      const held = openai({ apiKey: 'sk-own', baseURL: `${provider.origin}/v1` });
      await using app = await startGateway({ resolveProvider: () => held, timeouts: {}, limits: {}, headers: {} });
      return await exchanges(app);
    } finally {
      for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
    }
  }

  it.each(Object.entries(POLLUTION))('with %s changes nothing', async (name, value) => {
    expect(await run({ [name]: value })).toEqual(clean);
  });
});
