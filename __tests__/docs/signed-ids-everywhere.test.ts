import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { serve } from '../support/local-server';

type Example = typeof import('../../docs/examples/signed-ids-everywhere.mjs');

const FILE = { id: 'file-1', object: 'file', bytes: 7, created_at: 1, filename: 'a.jsonl', purpose: 'batch' };
const BATCH = {
  id: 'batch_1',
  object: 'batch',
  input_file_id: 'file-1',
  output_file_id: 'file-2',
  error_file_id: null,
};

test('through the gateway of the example, no client sees a native id, and each tenant has its own', async () => {
  const asked: string[] = [];
  await using provider = await serve(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    asked.push(
      `${req.method} ${req.url} ${req.headers.authorization} ${body.includes('file-1') || body.includes('hello')}`,
    );
    const name = req.url?.replace(/^.*(files|batches)/, '$1');
    if (name?.endsWith('/content')) res.end('a result');
    else if (name === 'files/file-unknown')
      res.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{}}');
    else res.setHeader('content-type', 'application/json').end(JSON.stringify(name === 'batches' ? BATCH : FILE));
  });
  const { createGateway }: Example = jest.requireActual(
    join(__dirname, '../../docs/examples/signed-ids-everywhere.mts'),
  );
  const app = createGateway({
    openaiKey: 'sk-1',
    openaiBaseURL: `${provider.origin}/v1`,
    fileIdKey: Buffer.alloc(32, 1),
    tenants: new Map([
      ['a', 'acme'],
      ['b', 'other'],
    ]),
  });
  await using gateway = await serve(app);
  const client = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: `${gateway.origin}/v1`, maxRetries: 0 });
  const acme = client('a');

  const uploaded = await acme.files.create({ purpose: 'batch', file: await toFile(Buffer.from('hello'), 'a.jsonl') });
  expect(uploaded.id).toMatch(/^file-fc1_/);
  const batch = await acme.batches.create({
    input_file_id: uploaded.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  });
  expect(batch.input_file_id).toBe(uploaded.id);
  expect(batch.output_file_id).toMatch(/^file-fc1_/);
  expect((await acme.files.retrieve(uploaded.id)).id).toBe(uploaded.id);
  expect(await (await acme.files.content(batch.output_file_id ?? '')).text()).toBe('a result');
  expect(asked).toEqual([
    'POST /v1/files Bearer sk-1 true',
    'POST /v1/batches Bearer sk-1 true',
    'GET /v1/files/file-1 Bearer sk-1 false',
    'GET /v1/files/file-2/content Bearer sk-1 false',
  ]);

  await expect(client('b').files.retrieve(uploaded.id)).rejects.toMatchObject({ status: 404 });
  await expect(client('b').files.content(uploaded.id)).rejects.toMatchObject({ status: 404 });
  await expect(client('nobody').files.list()).rejects.toMatchObject({ status: 401 });
});
