import { Readable } from 'node:stream';
import { type BatchRow, type BatchUsage, batchRows, batchUsage } from '../../../lib';
import { convert, VERTEX } from '../../support/batch-rows';
import { record } from '../../support/records';

function row(key: string, values: readonly number[], more: object = {}): string {
  const response = { embedding: { values }, usageMetadata: { promptTokenCount: 2 } };
  return `${JSON.stringify({ key, request: { content: {} }, status: '', response, ...more })}\n`;
}

const LONG = Array.from({ length: 5000 }, (_, index) => index / 7);
const FAILED = { status: 'Bad Request: {"error":{"code":400}}', response: {} };

async function rowsOf(text: string): Promise<{ rows: BatchRow[]; usage: BatchUsage | undefined }> {
  const rows: BatchRow[] = [];
  let usage: BatchUsage | undefined;
  const onUsage = (counted: BatchUsage): void => {
    usage = counted;
  };
  for await (const read of batchRows(Readable.from([Buffer.from(text)]), { onUsage })) rows.push(read);
  return { rows, usage };
}

it('embeddings whose inputs were one request are one row, at the line with which it is whole', async () => {
  const text = row('a%2F1#1/3', [2]) + row('whole', [9]) + row('a%2F1#2/3', [3]) + row('a%2F1#0/3', LONG);
  const { rows } = await rowsOf(text);
  expect(rows).toEqual([
    expect.objectContaining({ line: 2, customId: 'whole', status: 200 }),
    {
      line: 4,
      customId: 'a/1',
      status: 200,
      body: {
        object: 'list',
        data: [LONG, [2], [3]].map((embedding, index) => ({ object: 'embedding', index, embedding })),
        model: 'unknown',
        usage: { prompt_tokens: 6, total_tokens: 6 },
        provider_specific_fields: { rows: Array(3).fill({ usageMetadata: { promptTokenCount: 2 } }) },
      },
      error: null,
      usage: { inputTokens: 6, outputTokens: 0, totalTokens: 6 },
    },
  ]);
  const converted = await convert(text, VERTEX);
  expect(rows.map(({ body }) => body)).toEqual(converted.map(({ response }) => response?.body));
});

it('a request of which one input failed, or is missing at the end, is one row with an error', async () => {
  const { rows } = await rowsOf(
    row('a#0/2', [1]) + row('a#1/2', [], FAILED) + row('b#0/3', [1]) + row('b#2/3', [1]) + row('c#1/2', [], FAILED),
  );
  expect(rows).toMatchObject([
    { line: 2, customId: 'a', status: 400, error: { code: '400' } },
    { line: 5, customId: 'b', status: null, body: null, error: { code: 'incomplete_row' } },
    { line: 5, customId: 'c', status: 400, error: { code: '400' } },
  ]);
});

it('the tokens of every input count, as in a download', async () => {
  const text = row('a#0/2', [1]) + row('a#1/2', [], FAILED) + row('b#0/2', [1]) + row('b#1/2', [1]);
  const counted: BatchUsage[] = [];
  const tap = batchUsage({ onUsage: (usage) => void counted.push(usage) });
  tap.chunk(Buffer.from(text));
  tap.end?.(record('completed'));
  const { usage } = await rowsOf(text);
  expect(usage).toMatchObject({ rows: 4, failed: 1, total: { inputTokens: 6 } });
  expect(counted).toEqual([usage]);
});

it('keys of the same form are no places among the rows of other providers', async () => {
  const { rows } = await rowsOf(
    ['a#0/2', 'a#1/2'].map((recordId) => `${JSON.stringify({ recordId, modelOutput: { embedding: [1] } })}\n`).join(''),
  );
  expect(rows.map(({ customId }) => customId)).toEqual(['a#0/2', 'a#1/2']);
});
