import { readResult } from '../../../lib/batch/dialects/dialects';
import { NumberList } from '../../../lib/batch/json/number-list';
import { bodyOf, resultOf } from '../../support/batch-bodies';

const FACTS = { created: 1, model: 'embedder' };

function embeddings(vectors: readonly unknown[], tokens: number, fields?: object): object {
  return {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: 'embedder',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    ...(fields && { provider_specific_fields: fields }),
  };
}

it.each([
  ['Titan', { embedding: [1, 2], inputTextTokenCount: 5 }, embeddings([[1, 2]], 5)],
  [
    'Titan in several types',
    { embedding: [1, 2], embeddingsByType: { binary: [0, 1] }, inputTextTokenCount: 5 },
    embeddings([[1, 2]], 5, { embeddingsByType: { binary: [0, 1] } }),
  ],
  [
    'Cohere',
    { id: 'e', texts: ['a', 'b'], response_type: 'embeddings_floats', embeddings: [[1], [2]] },
    embeddings([[1], [2]], 0, { id: 'e', texts: ['a', 'b'], response_type: 'embeddings_floats' }),
  ],
  [
    'Cohere in several types',
    { response_type: 'embeddings_by_type', embeddings: { int8: [[7]], float: [[0.5]] } },
    embeddings([[0.5]], 0, { response_type: 'embeddings_by_type', embeddings: { int8: [[7]] } }),
  ],
  ['Cohere in one other type', { embeddings: { int8: [[7]] } }, embeddings([[7]], 0)],
  [
    'Nova',
    { embeddings: [{ embeddingType: 'TEXT', embedding: [1], truncatedCharLength: 9 }] },
    embeddings([[1]], 0, { embeddings: [{ embeddingType: 'TEXT', truncatedCharLength: 9 }] }),
  ],
  ['Marengo', { data: [{ embedding: [1] }, { embedding: [2] }] }, embeddings([[1], [2]], 0)],
])('%s on Bedrock', (_model, modelOutput, expected) => {
  expect(readResult('bedrock', { recordId: 'k', modelOutput }, FACTS).body).toEqual(expected);
});

it.each([
  [
    "Gemini's",
    { key: 'k', response: { embedding: { values: [1, 2] }, usageMetadata: { promptTokenCount: 4 } } },
    embeddings([[1, 2]], 4, { usageMetadata: { promptTokenCount: 4 } }),
  ],
  [
    "Gemini's with statistics",
    { key: 'k', response: { embedding: { values: [1], statistics: { tokenCount: 4, truncated: true } } } },
    embeddings([[1]], 4, { embeddings: [{ statistics: { tokenCount: 4, truncated: true } }] }),
  ],
  ['counts as text', { key: 'k', response: { embedding: { values: [1] }, tokenCount: '4' } }, embeddings([[1]], 4)],
  [
    'text embeddings of Vertex AI',
    { instance: {}, status: '', predictions: [{ embeddings: { values: [1], statistics: { token_count: 8 } } }] },
    embeddings([[1]], 8, { embeddings: [{ statistics: { token_count: 8 } }] }),
  ],
])('%s', (_which, row, expected) => {
  expect(readResult('vertex', row, FACTS).body).toEqual(expected);
});

it('of a length that matters are not looked at', () => {
  const list = new NumberList('[0.10,1]');
  expect(bodyOf('bedrock', { embedding: list })).toMatchObject({ data: [{ embedding: list }] });
  expect(bodyOf('gemini', { embedding: { values: list } })).toMatchObject({ data: [{ embedding: list }] });
});

it.each([
  ['an empty list', { embeddings: [] }],
  ['texts', { embeddings: ['a'] }],
  ['one that is no vector among others', { embeddings: [[1], 'a'] }],
])('of %s are handed on', (_what, output) => {
  expect(bodyOf('bedrock', output)).toEqual(output);
});

it.each([
  ['percent-encoded', 'vertex', 'a%2Fb%20%E2%82%AC', 'a/b €'],
  ['with a sign that encodes nothing', 'vertex', '100%', '100%'],
  ["of Gemini's own batches, as it is", 'gemini', '100%25', '100%25'],
  ['a number', 'gemini', 7, '7'],
] as const)('a key %s', (_how, dialect, key, customId) => {
  expect(resultOf(dialect, { key, response: {} }).customId).toBe(customId);
});
