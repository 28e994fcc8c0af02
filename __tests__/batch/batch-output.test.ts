import { type BatchOutput, bedrock, gcs, type LocatedProvider, vertexAI } from '../../lib';
import type { FakeProvider } from '../../lib/testing/index';
import { GEMINI_ROW } from '../support/batch-rows';
import { startContentProvider } from '../support/content-provider';
import { type Gateway, startGateway } from '../support/gateway';

let upstream: FakeProvider;
let gateway: Gateway;
let provider: LocatedProvider;
let delivery: 'buffer' | undefined;
const fileId = 's3://bucket/job/in.jsonl.out';

beforeAll(async () => {
  upstream = await startContentProvider();
  gateway = await startGateway({
    resolveProvider: () => ({ provider, fileId: fileIdOf(provider), ...(delivery && { delivery }) }),
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function fileIdOf({ name }: LocatedProvider): string {
  return name === 'bedrock' ? fileId : 'gs://bucket/job/predictions.jsonl';
}

function vertex(batchOutput: BatchOutput, batchDelivery?: 'stream' | 'buffer'): LocatedProvider {
  return vertexAI({ accessToken: 't', baseURL: upstream.origin, batchOutput, batchDelivery });
}

const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
function amazon(batchOutput: BatchOutput): LocatedProvider {
  return bedrock({ region: 'us-east-1', credentials, baseURL: upstream.origin, batchOutput });
}

function serve(content: string | Buffer, headers: Record<string, string> = {}): void {
  upstream.respond = (_request, response) => {
    const body = Buffer.from(content);
    response.writeHead(200, {
      'content-length': String(body.length),
      etag: '"v1"',
      'accept-ranges': 'bytes',
      ...headers,
    });
    response.end(body);
  };
}

function download(headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.origin}/v1/files/file-1/content`, { headers });
}

describe('raw, the default', () => {
  it.each([() => vertex('raw'), () => vertexAI({ accessToken: 't', baseURL: upstream.origin }), () => amazon('raw')])(
    'is byte for byte the file, and says that it is raw',
    async (make) => {
      provider = make();
      serve('{"not":"touched"}\r\n');
      const response = await download();
      expect(await response.text()).toBe('{"not":"touched"}\r\n');
      expect(response.headers.get('x-file-content-format')).toBe('raw');
      expect(response.headers.get('content-length')).toBe('19');
    },
  );

  it('is not told of by stores that are no batch service', async () => {
    provider = gcs({ accessToken: 't', baseURL: upstream.origin });
    serve('x');
    expect((await download()).headers.get('x-file-content-format')).toBeNull();
  });
});

describe('a stream of converted rows', () => {
  it('has neither the length nor validators of the original, names its format, and is requested whole', async () => {
    provider = vertex('openai');
    serve(JSON.stringify(GEMINI_ROW));
    const response = await download({ range: 'bytes=0-3' });
    expect(await response.text()).toMatch(/^\{.*\}\n$/);
    expect(response.headers.get('x-file-content-format')).toBe('openai');
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
    for (const name of ['content-length', 'etag', 'accept-ranges']) expect(response.headers.get(name)).toBeNull();
    expect(upstream.requests.at(-1)?.headers.range).toBeUndefined();
  });

  it('has the same head without content for HEAD', async () => {
    provider = vertex('openai');
    serve(JSON.stringify(GEMINI_ROW));
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { method: 'HEAD' });
    expect(response.headers.get('x-file-content-format')).toBe('openai');
    for (const name of ['content-length', 'etag', 'accept-ranges']) expect(response.headers.get(name)).toBeNull();
  });

  it('begins before the file has ended', async () => {
    provider = vertex('openai');
    let finish: (() => void) | undefined;
    upstream.respond = (_request, response) => {
      response.writeHead(200, {});
      response.write(`${JSON.stringify(GEMINI_ROW)}\n{"half":`);
      finish = () => response.end('1}');
    };
    const reader = (await download()).body!.getReader();
    const first = await reader.read();
    expect(Buffer.from(first.value!).toString()).toMatch(/"custom_id":"request-1".*\n$/);
    finish!();
    const second = await reader.read();
    expect(Buffer.from(second.value!).toString()).toMatch(/"code":"invalid_row"/);
    expect((await reader.read()).done).toBe(true);
  });

  it('is cut, and not ended, when the provider is cut', async () => {
    provider = vertex('openai');
    upstream.respond = (_request, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write(`${JSON.stringify(GEMINI_ROW)}\n`, () => response.destroy());
    };
    const record = gateway.nextRecord();
    const response = await download();
    await expect(response.text()).rejects.toThrow();
    expect(await record).toMatchObject({ outcome: 'upstream_truncated', complete: 'no' });
  });

  it.each(['option', 'resolution'] as const)('has a length and ranges where the %s asks for buffering', async (by) => {
    provider = vertex('openai', by === 'option' ? 'buffer' : undefined);
    delivery = by === 'resolution' ? 'buffer' : undefined;
    serve(`${JSON.stringify(GEMINI_ROW)}\n`, { 'content-type': 'application/jsonl' });
    const response = await download();
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ custom_id: 'request-1' });
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(response.headers.get('content-type')).toBe('application/jsonl');
    expect(response.headers.get('etag')).toBeNull();
    expect(response.headers.get('x-file-content-format')).toBe('openai');
    const part = await download({ range: 'bytes=5-20' });
    expect([part.status, await part.text()]).toEqual([206, text.slice(5, 21)]);
    delivery = undefined;
  });

  it('is the same at every download', async () => {
    provider = amazon('openai');
    serve('{"recordId":"1","modelOutput":{"generation":"x"}}\nnot json\n', {
      'last-modified': 'Sun, 01 Nov 2026 10:00:00 GMT',
    });
    const first = await (await download()).text();
    expect(await (await download()).text()).toBe(first);
    expect(JSON.parse(first.split('\n')[0]!)).toMatchObject({ response: { body: { created: 1_793_527_200 } } });
  });

  it('of a coded file is the file itself, and says so', async () => {
    provider = vertex('openai');
    serve('coded', { 'content-encoding': 'x-own' });
    const response = await download();
    expect(response.headers.get('x-file-content-format')).toBe('raw');
    expect(await response.text()).toBe('coded');
  });
});

it.each([
  [{ batchOutput: 'json' }, /"batchOutput" must be 'raw' or 'openai', got a string/],
  [{ batchDelivery: 'file' }, /"batchDelivery" must be 'stream' or 'buffer', got a string/],
])('%j is refused at construction', (options, message) => {
  expect(() => vertexAI({ accessToken: 't', ...(options as object) })).toThrow(message);
  expect(() => bedrock({ region: 'r', ...(options as object) })).toThrow(message);
});
