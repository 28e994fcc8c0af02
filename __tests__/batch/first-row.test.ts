import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { bedrock, type LocatedProvider, openaiCompatible, vertexAI } from '../../lib';
import { type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { CLAUDE, GEMINI_ROW, parseRows } from '../support/batch-rows';
import { type Gateway, startGateway } from '../support/gateway';

let upstream: FakeProvider;
let gateway: Gateway;
let provider: LocatedProvider;
let delivery: 'stream' | 'buffer' = 'stream';

beforeAll(async () => {
  upstream = await fakeProvider({});
  gateway = await startGateway({
    resolveProvider: () => ({ provider, fileId: provider.name === 'bedrock' ? 's3://b/o' : 'gs://b/o', delivery }),
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream.close();
});
beforeEach(() => {
  delivery = 'stream';
  provider = vertex();
});

const vertex = (): LocatedProvider => vertexAI({ accessToken: 't', baseURL: upstream.origin, batchOutput: 'openai' });
const amazon = (): LocatedProvider =>
  bedrock({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    baseURL: upstream.origin,
    batchOutput: 'openai',
  });

function respond(responder: (res: ServerResponse, req: IncomingMessage) => unknown): void {
  upstream.respond = (req, res) => responder(res, req);
}

function serve(content: string | Buffer): void {
  const body = Buffer.from(content);
  respond((res) => res.writeHead(200, { 'content-length': body.length, etag: '"v1"' }).end(body));
}

function download(init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.origin}/v1/files/file-1/content`, init);
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

const MIB = 1024 * 1024;
const LONG = 'x'.repeat(2 * MIB);
const OTHERS: readonly [string, string | Buffer][] = [
  ['an image', Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(5000)])],
  ['a video that is long', Buffer.concat([Buffer.from('{'), randomBytes(3 * MIB)])],
  ['a PDF', '%PDF-1.7\n1 0 obj\n{"response":{}}\n'],
  ['the input of a batch of Gemini', '{"key":"1","request":{"contents":[]}}\n{"key":"2","request":{}}'],
  ['the input of a batch of Vertex AI', '{"request":{"contents":[]}}\r\n'],
  ['the input of a batch of Bedrock', '{"recordId":"1","modelInput":{"messages":[]}}\n'],
  ['the input of a batch of OpenAI', '{"custom_id":"1","method":"POST","url":"/v1/x","body":{}}\n'],
  ['a JSON document on many lines', '{\n  "response": {}\n}\n'],
  ['a JSON document on one long line', `{"data":["${LONG}"],"response":{}}`],
  ['a list of rows', `[${JSON.stringify(GEMINI_ROW)}]\n`],
  ['a first line that is broken', `{"status":\n${JSON.stringify(GEMINI_ROW)}\n`],
  ['text', 'hello'],
  ['nothing', ''],
  ['blank lines', '\n \r\n\n'],
  ['blank bytes without an end', Buffer.alloc(2 * MIB, ' ')],
];

describe.each(['stream', 'buffer'] as const)('delivered by %s', (by) => {
  it.each(OTHERS)('%s is byte for byte the file, with its length and validator', async (_what, content) => {
    delivery = by;
    const body = Buffer.from(content);
    for (const make of [vertex, amazon]) {
      provider = make();
      serve(body);
      const response = await download();
      expect(response.headers.get('x-file-content-format')).toBe('raw');
      expect(response.headers.get('content-length')).toBe(String(body.length));
      expect(response.headers.get('etag')).toBe('"v1"');
      expect((await bytesOf(response)).equals(body)).toBe(true);
    }
  });

  it.each([
    ['a row of Gemini', vertex, `\uFEFF\n  ${JSON.stringify(GEMINI_ROW)}\n`, 'request-1'],
    ['a row of Bedrock without a line feed', amazon, JSON.stringify({ recordId: 'r', modelOutput: CLAUDE }), 'r'],
    ['an error', amazon, '{"recordId":"r","modelInput":{},"error":{"errorCode":400}}\n', 'r'],
    ['a row whose request is long', amazon, `{"recordId":"r","modelInput":{"a":"${LONG}"},"modelOutput":{}}\n`, 'r'],
    [
      'a row that is long from its beginning',
      amazon,
      `{"modelInput":{"a":"${LONG}"},"modelOutput":{},"recordId":"r"}`,
      'r',
    ],
    ['a row whose status comes first', vertex, `{"status":"","request":{"a":"${LONG}"},"key":"r","response":{}}`, 'r'],
  ])('a file that begins with %s is converted', async (_what, make, content, id) => {
    delivery = by;
    provider = make();
    serve(content);
    const response = await download();
    expect(response.headers.get('x-file-content-format')).toBe('openai');
    const rows = parseRows(await response.text());
    expect(rows.map((row) => row.custom_id)).toEqual([id]);
  });

  it('rows that have the shape of OpenAI pass unchanged', async () => {
    delivery = by;
    const rows =
      '{"id":"b","custom_id":"1","response":{"status_code":200,"request_id":"r","body":{"n":1.10}},"error":null}\n' +
      '{"id":"b", "custom_id":"2", "response":null, "error":{"code":"batch_expired","message":"\\u0041"} }\n';
    serve(rows);
    const response = await download();
    expect(response.headers.get('x-file-content-format')).toBe('openai');
    expect(await response.text()).toBe(rows);
  });

  it('HEAD is told what GET gets, and the rest of the file is not fetched', async () => {
    delivery = by;
    for (const [content, format, length] of [
      [JSON.stringify(GEMINI_ROW), 'openai', null],
      ['plain', 'raw', '5'],
    ] as const) {
      serve(content);
      const response = await download({ method: 'HEAD' });
      expect(response.headers.get('x-file-content-format')).toBe(format);
      if (by === 'stream') expect(response.headers.get('content-length')).toBe(length);
      expect(upstream.requests.at(-1)?.method).toBe('GET');
    }
  });
});

it('a first row may arrive in chunks, and the file continues after it', async () => {
  const row = Buffer.from(`${JSON.stringify(GEMINI_ROW)}\n`);
  respond(async (res) => {
    res.writeHead(200, { 'content-length': 2 * row.length });
    for (const part of [row.subarray(0, 10), row.subarray(10, 300), row.subarray(300), row]) {
      await new Promise<void>((resolve) => res.write(part, () => resolve()));
    }
    res.end();
  });
  const response = await download();
  expect(parseRows(await response.text())).toHaveLength(2);
});

it('a long file of another kind is relayed whole, however much of it arrived first', async () => {
  const body = randomBytes(8 * MIB);
  body[0] = 0x7b;
  respond((res) => {
    res.writeHead(200, { 'content-length': body.length });
    res.write(body.subarray(0, 700));
    res.end(body.subarray(700));
  });
  expect((await bytesOf(await download())).equals(body)).toBe(true);
});

it.each(['stream', 'buffer'] as const)(
  'a provider that breaks off within the first row (%s) is an error',
  async (by) => {
    delivery = by;
    respond((res) => {
      res.writeHead(200, { 'content-length': 1000 });
      res.write('{"status":"","resp', () => res.destroy());
    });
    const record = gateway.nextRecord();
    const response = await download();
    expect(response.status).toBe(502);
    expect(await record).toMatchObject({ outcome: 'upstream_truncated', bytesSent: expect.any(Number) });
  },
);

it('a client that leaves while the first row is awaited cancels the request', async () => {
  const asked = new Promise<ServerResponse>((resolve) => {
    respond((res) => {
      res.writeHead(200, { 'content-length': 1000 });
      res.write('{"status":', () => resolve(res));
    });
  });
  const record = gateway.nextRecord();
  const client = request(`${gateway.origin}/v1/files/file-1/content`);
  client.on('error', () => undefined).end();
  const res = await asked;
  const closed = once(res, 'close');
  client.destroy();
  await closed;
  expect(await record).toMatchObject({ outcome: 'client_aborted' });
});

describe('inspect, as any provider may have it', () => {
  const custom = (more: Partial<LocatedProvider>): LocatedProvider => ({
    ...openaiCompatible({ name: 'own', baseURL: upstream.baseURL }),
    ...more,
  });

  it('is called with ever more of the body, and the others find it', async () => {
    const seen: string[] = [];
    provider = custom({
      inspect: (response, start) => {
        seen.push(String(Buffer.from(start)));
        return response.status === 200 && start.length < 4;
      },
      addHeaders: ({ start }) => ({ 'x-start': String(Buffer.from(start ?? [])) }),
    });
    serve('abcdefgh');
    const response = await download();
    expect(await response.text()).toBe('abcdefgh');
    expect(response.headers.get('x-start')).toBe('abcdefgh');
    expect(seen.every((start) => 'abcdefgh'.startsWith(start))).toBe(true);
  });

  it.each([
    ['returns nonsense', () => 'yes' as never, 500],
    [
      'throws',
      () => {
        throw new Error('no');
      },
      502,
    ],
  ])('that %s fails its own transfer', async (_how, inspect, status) => {
    provider = custom({ inspect });
    respond((res) => res.writeHead(200, { 'content-length': 8 }).write('abcd'));
    expect((await download()).status).toBe(status);
  });
});
