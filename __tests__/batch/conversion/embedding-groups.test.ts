import { EmbeddingGroups, type EmbeddingPart, type JoinedRow } from '../../../lib/batch/conversion/embedding-groups';
import { convert, VERTEX } from '../../support/batch-rows';

function row(key: string, values: readonly number[], more: object = {}): string {
  const response = { embedding: { values }, usageMetadata: { promptTokenCount: 2, odd: 'ODD' } };
  // A number that JavaScript would write otherwise.
  return `${JSON.stringify({ key, request: { content: {} }, status: '', response, ...more })}\n`.replace(
    '"ODD"',
    '1.0',
  );
}

const LONG = Array.from({ length: 5000 }, (_, index) => index / 7);

it('embeddings whose inputs were one request are one row, in the order of the inputs', async () => {
  const rows = await convert(
    row('a%2F1#2/3', [3]) +
      row('whole', [9]) +
      row('a%2F1#0/3', LONG) +
      row('b#1/2', [5]) +
      row('a%2F1#1/3', [2]) +
      row('b#0/2', [4]),
    VERTEX,
  );
  expect(rows.map(({ custom_id }) => custom_id)).toEqual(['whole', 'a/1', 'b']);
  expect(rows[1]).toEqual({
    id: expect.stringMatching(/^batch_req_[0-9a-f]{24}$/),
    custom_id: 'a/1',
    response: {
      status_code: 200,
      request_id: rows[1]?.id,
      body: {
        object: 'list',
        data: [LONG, [2], [3]].map((embedding, index) => ({ object: 'embedding', index, embedding })),
        model: 'unknown',
        usage: { prompt_tokens: 6, total_tokens: 6 },
        provider_specific_fields: { rows: Array(3).fill({ usageMetadata: { promptTokenCount: 2, odd: 1 } }) },
      },
    },
    error: null,
  });
});

it('a request of which one input failed, or is missing at the end, is an error', async () => {
  const failed = row('a#1/2', [], { status: 'Bad Request: {"error":{"code":400}}', response: {} });
  const rows = await convert(row('a#0/2', [1]) + failed + row('b#0/3', [1]) + row('b#2/3', [1]), VERTEX);
  expect(rows).toMatchObject([
    { custom_id: 'a', response: { status_code: 400 } },
    {
      custom_id: 'b',
      response: null,
      error: { code: 'incomplete_row', message: expect.stringMatching(/^2 of the 3/) },
    },
  ]);
});

it('a row that comes twice counts once', async () => {
  const rows = await convert(row('a#0/2', [1]) + row('a#0/2', [7]) + row('a#1/2', [2]), VERTEX);
  expect(rows).toMatchObject([{ response: { body: { data: [{ embedding: [1] }, { embedding: [2] }] } } }]);
});

it.each(['a#2/2', 'a#0/1', 'a#0/0', 'a#x/2', '#'])('%s is no place among several', async (key) => {
  expect(await convert(row(key, [1]), VERTEX)).toMatchObject([{ response: { body: { data: [{ embedding: [1] }] } } }]);
});

function part(customId: string, index: number, total = 3): EmbeddingPart {
  return { customId, index, total, model: 'm', tokens: 1, fields: undefined, isFailure: false };
}

it('S4: where too much has to wait the rows stay apart, and each says its place', () => {
  const groups = new EmbeddingGroups(2 * 1024 + 10);
  const placesOf = (rows: Iterable<JoinedRow>): unknown[] =>
    [...rows].map((pieces) => {
      const { custom_id, response } = JSON.parse(pieces.join(''));
      return [custom_id, response.body.data.map(({ index }: { index: number }) => index)];
    });
  expect([...groups.add(part('a', 2), '[1.10]')]).toEqual([]);
  expect(placesOf(groups.add(part('b', 0), '[1,2]'))).toEqual([
    ['a', [2]],
    ['b', [0]],
  ]);
  expect(placesOf(groups.add(part('a', 0), '[1]'))).toEqual([['a', [0]]]);
  expect([...groups.add(part('c', 0), '[1]')]).toEqual([]);
  expect([...groups.end()]).toHaveLength(1);
});

it('S4: neither short embeddings nor a file of nothing but first inputs take memory without bounds', () => {
  const groups = new EmbeddingGroups();
  let waiting = 0;
  let most = 0;
  for (let request = 0; request < 200_000; request += 1) {
    waiting += 1;
    for (const _row of groups.add(part(`request-${request}`, 0), '[]')) waiting -= 1;
    most = Math.max(most, waiting);
  }
  expect(most).toBeLessThan(20_000);
  // From here on the ids of those that stayed apart are not kept any more.
  expect(waiting).toBe(0);
});

it('many inputs of one request are joined in no more than a pass over them', () => {
  const groups = new EmbeddingGroups(Infinity);
  const total = 100_000;
  let rows: readonly JoinedRow[] = [];
  for (let index = total - 1; index >= 0; index -= 1) rows = [...groups.add(part('a', index, total), '[1]')];
  expect(JSON.parse(rows[0]?.join('') ?? '').response.body.data).toHaveLength(total);
});
