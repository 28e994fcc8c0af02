import { once } from 'node:events';
import OpenAI from 'openai';
import { type BatchUsage, batchUsage, bedrock, type Provider, xai } from '../../../lib';
import { startGateway } from '../../support/gateway';
import { serve } from '../../support/local-server';
import { S3_CREDENTIALS } from '../../support/object-stores';

const PAGES = 3;
const completion = {
  object: 'chat.completion',
  model: 'grok',
  choices: [],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};
const row = (page: number): object => ({
  batch_request_id: `r${page}`,
  batch_result: { response: { chat_get_completion: completion } },
});

/** xAI, whose page `cut` is broken off in the middle. */
async function pages(cut?: number) {
  return await serve((req, res) => {
    const page = Number(/pagination_token=p(\d+)/.exec(req.url ?? '')?.[1] ?? 0);
    const text = JSON.stringify({ results: [row(page)], pagination_token: page + 1 < PAGES ? `p${page + 1}` : null });
    if (page === cut)
      res.writeHead(200, { 'content-length': text.length }).write(text.slice(0, 60), () => res.destroy());
    else res.end(text);
  });
}

async function gatewayOf(provider: Provider, fileId?: string, usages: BatchUsage[] = []) {
  return await startGateway({
    resources: ['files', 'batches'],
    resolveProvider: () => ({
      provider,
      ...(fileId !== undefined && { fileId }),
      taps: [batchUsage({ onUsage: (usage) => void usages.push(usage) })],
    }),
  });
}

describe('the results of a batch, through a gateway', () => {
  it.each(['/v1/files/batch_1/content', '/v1/batches/batch_1/content'])('are all pages of xAI at %s', async (path) => {
    await using server = await pages();
    const usages: BatchUsage[] = [];
    await using gateway = await gatewayOf(xai({ apiKey: 'k', baseURL: server.origin }), undefined, usages);
    const response = await fetch(gateway.origin + path);
    expect(await response.text()).toBe([0, 1, 2].map((page) => `${JSON.stringify(row(page))}\n`).join(''));
    expect(response.headers.get('content-type')).toBe('application/jsonl');
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
    expect(usages).toMatchObject([{ rows: 3, total: { totalTokens: 9 } }]);
  });

  it("are OpenAI's rows if the option says so", async () => {
    await using server = await pages();
    await using gateway = await gatewayOf(xai({ apiKey: 'k', baseURL: server.origin, batchOutput: 'openai' }));
    const client = new OpenAI({ apiKey: 'k', baseURL: `${gateway.origin}/v1`, maxRetries: 0 });
    const text = await (await client.files.content('batch_1')).text();
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).custom_id),
    ).toEqual(['r0', 'r1', 'r2']);
  });

  it.each(['stream', 'buffer'] as const)('name their format, for HEAD as well (%s)', async (batchDelivery) => {
    await using server = await pages();
    const provider = xai({ apiKey: 'k', baseURL: server.origin, batchOutput: 'openai', batchDelivery });
    await using gateway = await gatewayOf(provider);
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${gateway.origin}/v1/files/batch_1/content`, { method });
      expect(response.headers.get('x-file-content-format')).toBe('openai');
      const length = response.headers.get('content-length');
      expect(length === null).toBe(batchDelivery === 'stream');
      const text = await response.text();
      if (method === 'GET') expect(text.split('\n')).toHaveLength(PAGES + 1);
      if (method === 'GET' && length !== null) expect(text).toHaveLength(Number(length));
    }
  });

  it('of which a buffered page is cut are an error', async () => {
    await using server = await pages(1);
    const options = { batchOutput: 'openai', batchDelivery: 'buffer' } as const;
    await using gateway = await gatewayOf(xai({ apiKey: 'k', baseURL: server.origin, ...options }));
    expect((await fetch(`${gateway.origin}/v1/files/batch_1/content`)).status).toBe(502);
  });

  it('never look complete where a page is cut', async () => {
    await using server = await pages(1);
    await using gateway = await gatewayOf(xai({ apiKey: 'k', baseURL: server.origin }));
    const response = await fetch(`${gateway.origin}/v1/files/batch_1/content`);
    await expect(response.text()).rejects.toThrow();
    expect(await gateway.recorded(1)).toMatchObject([{ complete: 'no' }]);
  });

  it.each([
    ['HEAD', 'raw'],
    ['HEAD', 'openai'],
    ['a client that leaves', 'raw'],
    ['a client that leaves', 'openai'],
  ] as const)('are let go for %s (%s)', async (what, batchOutput) => {
    let closed: Promise<unknown> = Promise.resolve();
    await using server = await serve((_req, res) => {
      closed = once(res, 'close');
      res.writeHead(200).write(`{"results":[${JSON.stringify(row(0))},`);
    });
    await using gateway = await gatewayOf(xai({ apiKey: 'k', baseURL: server.origin, batchOutput }));
    const abort = new AbortController();
    const method = what === 'HEAD' ? 'HEAD' : 'GET';
    const response = await fetch(`${gateway.origin}/v1/files/batch_1/content`, { method, signal: abort.signal });
    expect(response.status).toBe(200);
    if (what !== 'HEAD') abort.abort();
    await closed;
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: what === 'HEAD' ? 'completed' : 'client_aborted' }]);
  });

  it('that are refused are an error', async () => {
    await using server = await serve((_req, res) => res.writeHead(404).end('{}'));
    await using gateway = await gatewayOf(xai({ apiKey: 'k', baseURL: server.origin }));
    expect((await fetch(`${gateway.origin}/v1/files/batch_1/content`)).status).toBe(404);
  });

  it("are the outputs in a job's folder, with their length", async () => {
    const outputs = ['a.jsonl.out', 'b.jsonl.out'];
    await using server = await serve((req, res) => {
      const url = new URL(req.url ?? '', 'http://x');
      if (url.searchParams.has('list-type')) {
        const objects = outputs.map((name) => `<Contents><Key>job/${name}</Key><Size>3</Size></Contents>`);
        res.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${objects.join('')}</ListBucketResult>`);
      } else if (req.headers.range === undefined) res.end('{}\n');
      else res.writeHead(206).end('\n');
    });
    const provider = bedrock({ region: 'us-east-1', baseURL: server.origin, credentials: S3_CREDENTIALS });
    await using gateway = await gatewayOf(provider, 's3://results/job/');
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
    expect(response.headers.get('content-length')).toBe('6');
    expect(response.headers.get('x-file-content-format')).toBe('raw');
    expect(await response.text()).toBe('{}\n{}\n');
  });
});
