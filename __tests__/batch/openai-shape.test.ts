import { convertLine } from '../../lib/batch/conversion/convert-line';
import type { Dialect } from '../../lib/batch/dialects/dialects';
import { CLAUDE, GEMINI_ROW } from '../support/batch-rows';

type Shape = Readonly<Record<string, unknown>>;

const gemini = (response: object): object => ({ status: '', request: { labels: { custom_id: '1' } }, response });
const claude = (more: object): object => ({
  custom_id: '1',
  result: { type: 'succeeded', message: { ...CLAUDE, ...more } },
});
const bedrock = (modelOutput: object): object => ({ recordId: '1', modelInput: {}, modelOutput });

const COMPLETIONS: readonly (readonly [string, Dialect, object])[] = [
  ['Gemini', 'vertex', GEMINI_ROW],
  [
    'Gemini with citations, probabilities and a call',
    'vertex',
    gemini({
      candidates: [
        {
          content: { parts: [{ text: 'a' }, { text: 't', thought: true }, { functionCall: { name: 'f', args: {} } }] },
          finishReason: 'STOP',
          logprobsResult: { chosenCandidates: [{ token: 'a', logProbability: -0.1 }], topCandidates: [] },
          groundingMetadata: {
            groundingChunks: [{ web: { uri: 'https://example.com', title: 'X' } }],
            groundingSupports: [{ segment: { startIndex: 0, endIndex: 1 }, groundingChunkIndices: [0] }],
          },
        },
      ],
    }),
  ],
  ['Gemini, blocked', 'gemini', { key: '1', response: { promptFeedback: { blockReason: 'OTHER' } } }],
  [
    'Gemini with audio',
    'vertex',
    gemini({ candidates: [{ content: { parts: [{ inlineData: { mimeType: 'audio/wav', data: 'AAAA' } }] } }] }),
  ],
  ['Claude', 'anthropic', claude({ stop_reason: 'pause_turn' })],
  [
    'Converse',
    'bedrock',
    bedrock({
      output: { message: { role: 'assistant', content: [{ toolUse: { toolUseId: 't', name: 'f', input: {} } }] } },
      stopReason: 'tool_use',
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
    }),
  ],
  ['Titan', 'bedrock', bedrock({ inputTextTokenCount: 1, results: [{ tokenCount: 2, outputText: 'x' }] })],
  ['Llama', 'bedrock', bedrock({ generation: 'x', prompt_token_count: 1, generation_token_count: 2 })],
  ['DeepSeek-R1', 'bedrock', bedrock({ choices: [{ text: '<think>a</think>b', stop_reason: 'stop' }] })],
];

function rowOf(dialect: Dialect, row: object): Shape {
  const bytes = Buffer.from(JSON.stringify(row));
  return JSON.parse(convertLine({ bytes, number: 1 }, { dialect, facts: { created: 0 } })?.text ?? '');
}

/** The members that OpenAI's specification requires of each object of a chat completion. */
const COMPLETION = {
  id: expect.any(String),
  object: 'chat.completion',
  created: expect.any(Number),
  model: expect.any(String),
};
const REASONS = /^(?:stop|length|tool_calls|content_filter|function_call)$/;

it.each(COMPLETIONS)('%s has every member that OpenAI requires of a chat completion', (_what, dialect, row) => {
  const { response } = rowOf(dialect, row) as { response: { body: { choices: Shape[]; usage?: Shape } } };
  expect(response.body).toMatchObject(COMPLETION);
  expect(response.body.choices.length).toBeGreaterThan(0);
  for (const [index, choice] of response.body.choices.entries()) {
    expect(choice).toMatchObject({ index, finish_reason: expect.stringMatching(REASONS) });
    expect(choice).toHaveProperty('logprobs');
    const message = choice['message'] as Shape & { tool_calls?: Shape[]; annotations?: Shape[]; audio?: Shape };
    expect(message).toMatchObject({ role: 'assistant', refusal: null });
    expect(message).toHaveProperty('content');
    for (const call of message.tool_calls ?? []) {
      const called = { name: expect.any(String), arguments: expect.any(String) };
      expect(call).toMatchObject({ id: expect.any(String), type: 'function', function: called });
    }
    for (const annotation of message.annotations ?? []) {
      const citation = { start_index: expect.any(Number), end_index: expect.any(Number), url: expect.any(String) };
      expect(annotation).toMatchObject({ type: 'url_citation', url_citation: citation });
    }
    if (message.audio !== undefined) {
      const audio = { id: expect.any(String), data: expect.any(String), transcript: expect.any(String) };
      expect(message.audio).toMatchObject({ ...audio, expires_at: expect.any(Number) });
    }
    const logprobs = choice['logprobs'] as { content: Shape[] } | null;
    for (const token of logprobs?.content ?? []) {
      expect(token).toMatchObject({ token: expect.any(String), logprob: expect.any(Number) });
      expect(token['top_logprobs']).toBeInstanceOf(Array);
    }
  }
});
