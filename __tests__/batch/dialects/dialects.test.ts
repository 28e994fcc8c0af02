import { type Dialect, dialectOf, isRowOf, readResult } from '../../../lib/batch/dialects/dialects';
import { CLAUDE, GEMINI_ROW } from '../../support/batch-rows';

const FACTS = { created: 1 };
const COMPLETION = { id: 'chatcmpl-1', object: 'chat.completion', model: 'grok-4', choices: [] };
const USAGE = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

/** One row of each dialect, and what is read of it. */
const ROWS: readonly [Dialect, unknown, object][] = [
  [
    'openai',
    { id: 'b', custom_id: '1', response: { status_code: 200, request_id: 'r', body: { model: 'm', usage: USAGE } } },
    {
      customId: '1',
      status: 200,
      requestId: 'r',
      model: 'm',
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
    },
  ],
  [
    'bedrock',
    { recordId: '1', modelInput: {}, modelOutput: CLAUDE },
    { customId: '1', status: 200, model: CLAUDE.model, usage: { inputTokens: 5, cachedInputTokens: 2 } },
  ],
  [
    'anthropic',
    { custom_id: '1', result: { type: 'succeeded', message: CLAUDE } },
    { customId: '1', status: 200, requestId: 'msg_1', body: { object: 'chat.completion' }, error: null },
  ],
  [
    'xai',
    { batch_request_id: '1', batch_result: { response: { chat_get_completion: COMPLETION } } },
    { customId: '1', status: 200, requestId: 'chatcmpl-1', body: COMPLETION, model: 'grok-4', error: null },
  ],
  [
    'vertex',
    GEMINI_ROW,
    { customId: 'request-1', status: 200, usage: { inputTokens: 10, outputTokens: 25, reasoningTokens: 5 } },
  ],
  ['gemini', { key: '1', response: GEMINI_ROW.response }, { customId: '1', status: 200, model: 'gemini-2.5-flash' }],
];

describe.each(ROWS)('a row of %s', (dialect, row, expected) => {
  it('gives what it says of its request', () => {
    expect(readResult(dialect, row, FACTS)).toMatchObject(expected);
  });

  it('is recognised', () => {
    expect(isRowOf(dialect, row)).toBe(true);
    expect(dialectOf(row)).toBe(dialect === 'gemini' ? 'vertex' : dialect);
  });
});

it.each([
  ['a request of OpenAI', { custom_id: '1', method: 'POST', url: '/v1/chat/completions', body: {} }],
  ['a record for Bedrock', { recordId: '1', modelInput: { messages: [] } }],
  ['a request of Vertex AI', { request: { contents: [] } }],
  ['a request of Gemini', { key: '1', request: { contents: [] } }],
  ['a request of Anthropic', { custom_id: '1', params: { messages: [] } }],
  ['an object', {}],
  ['a list', [{ key: '1', response: {} }]],
  ['null', null],
])('%s is no row of any output', (_what, row) => {
  expect(dialectOf(row)).toBeUndefined();
});

it.each([
  ['errored', { type: 'error', error: { type: 'overloaded_error', message: 'Busy' }, request_id: 'q' }, 529, 'q'],
  ['errored', { type: 'rate_limit_error', message: 'Busy' }, 429, undefined],
])('a request of Anthropic that %s has the status of its error', (type, error, status, requestId) => {
  const result = readResult('anthropic', { custom_id: '1', result: { type, error } }, FACTS);
  expect(result).toMatchObject({ status, error: { message: 'Busy' }, body: { error: { message: 'Busy' } } });
  expect(result.requestId).toBe(requestId);
});

it.each([
  ['anthropic', { custom_id: '1', result: { type: 'canceled' } }, 'batch_cancelled'],
  ['anthropic', { custom_id: '1', result: { type: 'expired' } }, 'batch_expired'],
  ['anthropic', { custom_id: '1', result: { type: 'errored', error: { type: 'new_error' } } }, 'new_error'],
  ['anthropic', { custom_id: '1', result: { type: 'succeeded' } }, 'invalid_row'],
  ['xai', { batch_request_id: '1', batch_result: { error: { code: 3, message: 'No' } } }, '3'],
  ['xai', { batch_request_id: '1', batch_result: {} }, 'invalid_row'],
  ['openai', { custom_id: '1', response: null, error: { code: 'batch_expired', message: 'Late' } }, 'batch_expired'],
] as const)('a request of %s that failed without a status has none: %j', (dialect, row, code) => {
  expect(readResult(dialect, row, FACTS)).toMatchObject({ customId: '1', status: null, body: null, error: { code } });
});

it.each([
  ['vertex', { request: { contents: [] }, status: 'Bad Request' }],
  ['vertex', { instance: { content: 'a' }, status: 'Bad Request' }],
  ['vertex', { key: '1', response: {} }],
  ['gemini', { error: { code: 8, message: 'Quota' } }],
  ['gemini', { candidates: [], usageMetadata: {} }],
  ['gemini', { response: { promptFeedback: {} } }],
] as const)('a row of %s may be as short as %j', (dialect, row) => {
  expect(isRowOf(dialect, row)).toBe(true);
});

it('a failure with a status is an error, too', () => {
  const body = { error: { message: 'No', type: 'invalid_request_error', code: 'context_length_exceeded' } };
  const row = { custom_id: '1', response: { status_code: 400, request_id: 'r', body }, error: null };
  const error = { code: 'context_length_exceeded', message: 'No' };
  expect(readResult('openai', row, FACTS)).toMatchObject({ status: 400, body, error });
});

it.each([
  ['a number', { custom_id: 7, response: null, error: {} }, '7'],
  ['none', { response: null }, null],
])('a custom_id that is %s', (_what, row, customId) => {
  expect(readResult('openai', row, FACTS).customId).toBe(customId);
});
