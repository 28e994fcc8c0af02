import { dialectOf } from '../../lib/batch/dialects/dialects';
import { bodyOf, resultOf } from '../support/batch-bodies';
import { CLAUDE, GEMINI_ROW } from '../support/batch-rows';
import { pollute } from '../support/pollution';

/** Names that converters look for. */
const NAMES = {
  ...{ candidates: [1], results: [1], outputs: [1], choices: [{ message: {} }], generations: [1], generation: 'g' },
  ...{ embedding: [1], embeddings: [[1]], data: [[1]], predictions: [1], output: { message: {} }, object: 'o' },
  ...{ type: 'message', content: [1], text: 't', generation_id: 'g', response_id: 'r', promptFeedback: {} },
  ...{ usage: { input_tokens: 9 }, usageMetadata: { promptTokenCount: 9 }, stop_reason: 'refusal', stopReason: 'x' },
  ...{ modelVersion: 'm', model: 'm', created: 9, rowId: 'x', rest: { a: 1 }, part: {}, fields: 'x', id: 'i' },
  ...{ custom_id: 'c', key: 'k', recordId: 'r', response: {}, error: {}, status: 'failed', thinks: true, code: 400 },
  ...{ keepsLists: true, citations: [{ url: 'u' }], signature: 's', topCandidates: [1], thoughtSignature: 's' },
};

const BEDROCK = [
  CLAUDE,
  { output: { message: { content: [{ text: 'Hi' }, { toolUse: { name: 'f' } }] } } },
  { results: [{ outputText: 'Hi' }] },
  { generation: 'Hi' },
  { generation_id: 'g', text: 'Hi' },
  { choices: [{ text: 'a</think>b' }] },
  { choices: [{ message: { content: 'Hi' } }] },
  { embedding: [1] },
  { embeddings: { float: [[1]] } },
  { other: 1 },
];

const read = (): unknown => [
  ...BEDROCK.map((output) => bodyOf('bedrock', output)),
  bodyOf('anthropic', CLAUDE),
  bodyOf('gemini', GEMINI_ROW.response),
  bodyOf('gemini', { embedding: { values: [1] } }),
  bodyOf('vertex', { other: 1 }),
  resultOf('vertex', GEMINI_ROW),
  resultOf('vertex', { key: 'k', error: { message: 'No' } }),
  resultOf('xai', { batch_request_id: '1', batch_result: { error: { message: 'No' } } }),
  [{}, GEMINI_ROW, { recordId: '1', modelInput: {} }].map(dialectOf),
];

it('P1: a name on Object.prototype does not change what is read', () => {
  const expected = JSON.stringify(read());
  using _polluted = pollute(NAMES);
  expect(JSON.stringify(read())).toBe(expected);
});
