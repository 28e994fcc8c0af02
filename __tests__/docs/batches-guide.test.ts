import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { serve } from '../support/local-server';

const docs = join(__dirname, '../../docs');

type Results = typeof import('../../docs/examples/batch-results.mjs');

test('the first example of the guide to batches is that of its program, which runs', async () => {
  const guide = readFileSync(join(docs, 'guides/batches.md'), 'utf8');
  const [, fence = ''] = /^```ts\n(.*?)^```$/ms.exec(guide) ?? [];
  const unindent = (text: string): string => text.replace(/^ +/gm, '');
  expect(unindent(readFileSync(join(docs, 'examples/batch-results.mts'), 'utf8'))).toContain(unindent(fence));

  const body = { model: 'm', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } };
  await using provider = await serve((_req, res) =>
    res.end(
      `${JSON.stringify({ custom_id: 'a', response: { status_code: 200, request_id: 'r', body }, error: null })}\n` +
        `${JSON.stringify({ custom_id: 'b', response: null, error: { code: 'batch_expired', message: 'Late.' } })}\n`,
    ),
  );
  const { readResults }: Results = jest.requireActual(join(docs, 'examples/batch-results.mts'));
  const client = new OpenAI({ apiKey: 'k', baseURL: `${provider.origin}/v1` });
  const { bodies, failures, usage } = await readResults(client, 'file-1');
  expect([...bodies]).toEqual([['a', body]]);
  expect(failures).toEqual(['line 2, b: batch_expired']);
  expect(usage).toMatchObject({ rows: 2, failed: 1, byModel: { m: { totalTokens: 3 } } });
});
