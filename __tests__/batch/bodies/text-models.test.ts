import { bodyOf, resultOf } from '../../support/batch-bodies';

const choice = (content: string | null, finish_reason: string, fields?: object): object => ({
  index: 0,
  message: { role: 'assistant', content, refusal: null },
  finish_reason,
  logprobs: null,
  ...(fields && { provider_specific_fields: fields }),
});

it.each([
  [
    'Titan',
    {
      inputTextTokenCount: 8,
      results: [{ tokenCount: 3, outputText: 'blue', completionReason: 'CONTENT_FILTERED', more: 1 }],
      'amazon-bedrock-guardrailAction': 'NONE',
    },
    [choice('blue', 'content_filter', { completionReason: 'CONTENT_FILTERED', more: 1 })],
    { prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 },
    { 'amazon-bedrock-guardrailAction': 'NONE' },
  ],
  [
    'Llama',
    { generation: 'Hi', prompt_token_count: 1, generation_token_count: 2, stop_reason: 'length', images: ['x'] },
    [choice('Hi', 'length', { images: ['x'] })],
    { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    undefined,
  ],
  [
    'Mistral',
    { outputs: [{ text: 'Hi', stop_reason: 'model_length' }] },
    [choice('Hi', 'length', { stop_reason: 'model_length' })],
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    undefined,
  ],
  [
    'Cohere Command',
    { id: 'g', prompt: 'p', generations: [{ id: 'g1', text: 'Hi', finish_reason: 'COMPLETE', likelihood: -1 }] },
    [choice('Hi', 'stop', { id: 'g1', likelihood: -1 })],
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    { id: 'g', prompt: 'p' },
  ],
])('an answer of %s is a chat completion with all that it says', (_family, output, choices, usage, rest) => {
  const body = bodyOf('bedrock', output);
  expect(body).toEqual({
    id: 'chatcmpl-k',
    object: 'chat.completion',
    created: 1,
    model: 'unknown',
    choices,
    usage,
    ...(rest && { provider_specific_fields: rest }),
  });
});

it.each([
  ['<think>hm</think>Hi', 'hm', 'Hi'],
  ['hm\n</think>\n\nHi', 'hm\n', '\n\nHi'],
])('DeepSeek-R1 that wrote %j has its reasoning apart', (text, reasoning, content) => {
  const { choices } = bodyOf('bedrock', { choices: [{ text, stop_reason: 'stop' }] });
  expect(choices[0]).toMatchObject({ message: { reasoning_content: reasoning, content }, finish_reason: 'stop' });
});

it('DeepSeek-R1 that did not think has its text, and so have others that write such a tag', () => {
  expect(bodyOf('bedrock', { choices: [{ text: 'Hi', stop_reason: 'length' }] }).choices[0]).toEqual(
    choice('Hi', 'length'),
  );
  expect(bodyOf('bedrock', { generation: 'a</think>b' }).choices[0]).toEqual(choice('a</think>b', 'stop'));
});

it('Cohere Command R has its calls, citations and tokens', () => {
  const rest = {
    citations: [{ start: 0, end: 2, text: 'Hi', document_ids: ['d'] }],
    meta: { billed_units: { input_tokens: 3, output_tokens: 4 } },
  };
  const body = bodyOf('bedrock', {
    response_id: 'r',
    generation_id: 'g',
    text: '',
    finish_reason: 'COMPLETE',
    tool_calls: [{ name: 'f', parameters: { a: 1 }, more: 1 }],
    ...rest,
  });
  expect(body).toMatchObject({
    id: 'chatcmpl-g',
    choices: [
      {
        finish_reason: 'tool_calls',
        message: {
          content: null,
          tool_calls: [
            {
              id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
              function: { name: 'f', arguments: '{"a":1}' },
              provider_specific_fields: { more: 1 },
            },
          ],
        },
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });
  expect(body.provider_specific_fields).toEqual(rest);
});

it("Mistral's chat completion gets the members that OpenAI's has besides", () => {
  const message = {
    role: 'assistant',
    content: '',
    tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }],
  };
  const body = bodyOf('bedrock', { choices: [{ index: 0, message, stop_reason: 'tool_calls' }] });
  expect(body).toEqual({
    id: 'chatcmpl-k',
    object: 'chat.completion',
    created: 1,
    model: 'unknown',
    choices: [
      {
        index: 0,
        message: { ...message, refusal: null, tool_calls: [{ ...message.tool_calls[0], type: 'function' }] },
        finish_reason: 'tool_calls',
        logprobs: null,
      },
    ],
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  });
});

it.each([
  ['chat completions', { object: 'chat.completion', id: 'c', choices: [{ message: {}, odd: 1 }] }],
  ['completions', { object: 'text_completion', id: 'c', choices: [{ text: 'Hi', finish_reason: 'stop' }] }],
  ['responses', { object: 'response', id: 'c', output: [{ type: 'message' }], usage: { input_tokens: 1 } }],
])("%s that are OpenAI's already pass unchanged", (_what, body) => {
  expect(bodyOf('bedrock', body)).toBe(body);
  expect(bodyOf('vertex', body)).toBe(body);
  expect(resultOf('xai', { batch_request_id: 'k', batch_result: { response: { any: body } } })).toMatchObject({ body });
});
