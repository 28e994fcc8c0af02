import { anthropic, bedrock, gemini, type LocatedProvider, vertexAI, xai } from '../../lib';
import { withBatchOutput } from '../../lib/batch/batch-output';
import { isRowOf, readResult } from '../../lib/batch/dialects/dialects';
import type { FakeProvider } from '../../lib/testing/index';
import { CLAUDE, GEMINI_ROW, parseRows } from '../support/batch-rows';
import { startContentProvider } from '../support/content-provider';
import { type Gateway, startGateway } from '../support/gateway';
import { eventually } from '../support/leaks';
import { locateRequest } from '../support/locate-request';

let upstream: FakeProvider;
let gateway: Gateway;
let provider: LocatedProvider;

beforeAll(async () => {
  upstream = await startContentProvider();
  gateway = await startGateway({ resolveProvider: () => ({ provider, fileId: 'file-1' }) });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function serve(content: string): void {
  upstream.respond = (_request, response) => response.writeHead(200).end(content);
}

const key = { apiKey: 'k' };
const ANTHROPIC_ROWS =
  `{"custom_id":"1","result":{"type":"succeeded","message":${JSON.stringify(CLAUDE)}}}\n` +
  '{"custom_id":"2","result":{"type":"errored","error":{"error":{"type":"rate_limit_error","message":"Busy"}}}}\n' +
  '{"custom_id":"3","result":{"type":"expired"}}\n';
const GEMINI_ROWS =
  `{"key":"1","response":${JSON.stringify(GEMINI_ROW.response)}}\n` +
  '{"key":"2","error":{"code":8,"message":"Quota"}}\n{"key":"3","error":{"message":"No"}}\n';
const XAI_ROWS =
  '{"batch_request_id":"1","batch_result":{"response":{"chat_get_completion":{"object":"chat.completion"}}}}\n' +
  '{"batch_request_id":"2","batch_result":{"error":{"code":429,"message":"Busy"}}}\n' +
  '{"batch_request_id":"3","batch_result":{"error":{"code":3,"message":"No"}}}\n';

describe.each([
  ['anthropic', () => anthropic({ ...key, baseURL: upstream.origin, batchOutput: 'openai' }), ANTHROPIC_ROWS],
  ['gemini', () => gemini({ ...key, baseURL: upstream.origin, batchOutput: 'openai' }), GEMINI_ROWS],
  ['xai', () => xai({ ...key, baseURL: upstream.origin, batchOutput: 'openai' }), XAI_ROWS],
] as const)("batchOutput: 'openai' of %s", (_name, make, rows) => {
  it('gives rows of OpenAI', async () => {
    provider = make();
    serve(rows);
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
    expect(response.headers.get('x-file-content-format')).toBe('openai');
    const [first, second, third] = parseRows(await response.text());
    expect(first).toMatchObject({ custom_id: '1', response: { status_code: 200 }, error: null });
    expect(first?.response?.body).toMatchObject({ object: 'chat.completion' });
    expect(second).toMatchObject({ custom_id: '2', response: { status_code: 429 }, error: null });
    expect(third).toMatchObject({ custom_id: '3', response: null, error: { message: expect.any(String) } });
  });

  it('leaves other files alone', async () => {
    provider = make();
    serve('a,b\n1,2\n');
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
    expect(response.headers.get('x-file-content-format')).toBe('raw');
    expect(await response.text()).toBe('a,b\n1,2\n');
  });
});

it('without the option nothing is said of the format', async () => {
  for (const make of [anthropic, gemini, xai]) {
    provider = make({ ...key, baseURL: upstream.origin });
    serve(GEMINI_ROWS);
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
    expect(response.headers.get('x-file-content-format')).toBeNull();
    expect(await response.text()).toBe(GEMINI_ROWS);
  }
});

it('rows that a provider puts together itself are converted, and end with their reader', async () => {
  const asked = xai({ ...key, baseURL: upstream.origin });
  let isOver = false;
  async function* pages(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from(XAI_ROWS);
    } finally {
      isOver = true;
    }
  }
  const given = { ...asked, openContent: async () => ({ body: pages(), contentType: 'application/jsonl' }) };
  const converting = withBatchOutput('xai', given, { batchOutput: 'openai' }, 'xai');
  const opened = (await converting.openContent?.(locateRequest())) as { body: AsyncIterable<Uint8Array> };
  let text = '';
  for await (const chunk of opened.body) {
    text += Buffer.from(chunk);
    if (text.split('\n').length > 2) break;
  }
  expect(JSON.parse(text.split('\n')[1]!)).toMatchObject({ response: { status_code: 429 } });
  await eventually('the pages are not asked for any more', () => isOver);
  const nothing = { ...asked, openContent: () => undefined };
  expect(
    withBatchOutput('xai', nothing, { batchOutput: 'openai' }, 'xai').openContent?.(locateRequest()),
  ).toBeUndefined();
});

it("inlined requests of Gemini's batches have their id in metadata", () => {
  const response = { candidates: [{ content: { parts: [{ text: 'Hi' }] } }] };
  for (const row of [
    { response, metadata: { key: '1' } },
    { error: { code: 8 }, metadata: { key: '1' } },
  ]) {
    expect(isRowOf('gemini', row)).toBe(true);
    expect(readResult('gemini', row, { created: 1 }).customId).toBe('1');
  }
});

it('batchModel names the model of rows that name none', async () => {
  const named = bedrock({ region: 'us-east-1', batchOutput: 'openai', batchModel: 'amazon.nova-lite-v1:0' });
  const transform = named.transform?.({ status: 200, headers: {} });
  transform?.end(
    '{"recordId":"1","modelOutput":{"output":{"message":{"content":[{"text":"Hi"}]}}}}\n' +
      '{"recordId":"2","modelInput":{"model":"own"},"modelOutput":{"generation":"Hi"}}\n' +
      '{"recordId":"3","modelOutput":{"embedding":[1]}}\n' +
      `{"recordId":"4","modelOutput":${JSON.stringify(CLAUDE)}}\n`,
  );
  let text = '';
  for await (const chunk of transform ?? []) text += String(chunk);
  expect(parseRows(text).map((row) => row.response?.body.model)).toEqual([
    'amazon.nova-lite-v1:0',
    'own',
    'amazon.nova-lite-v1:0',
    CLAUDE.model,
  ]);
});

it.each([
  ['anthropic', anthropic],
  ['gemini', gemini],
  ['xai', xai],
  ['vertexAI', vertexAI],
] as const)('%s refuses options that cannot work', (_name, make) => {
  const given = make === vertexAI ? { accessToken: 't' } : key;
  expect(() => make({ ...given, batchOutput: 'json' as never } as never)).toThrow(/batchOutput/);
  expect(() => make({ ...given, batchModel: 7 as never } as never)).toThrow(/batchModel/);
  expect(() => make({ ...given, maxLineBytes: 0 } as never)).toThrow(/maxLineBytes/);
});
