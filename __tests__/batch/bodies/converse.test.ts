import { bodyOf } from '../../support/batch-bodies';

function converse(content: readonly unknown[], more: object = {}): ReturnType<typeof bodyOf> {
  return bodyOf('bedrock', { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', ...more });
}

it('reasoning keeps its signature, and redacted reasoning is kept', () => {
  const signed = { reasoningContent: { reasoningText: { text: 'hm', signature: 'sig' } } };
  const plain = { reasoningContent: { reasoningText: { text: '!' } } };
  const redacted = { reasoningContent: { redactedContent: 'xx' } };
  expect(converse([signed, plain, redacted, { text: 'Hi' }]).choices[0]?.message).toEqual({
    role: 'assistant',
    content: 'Hi',
    refusal: null,
    reasoning_content: 'hm!',
    provider_specific_fields: { content: [signed, redacted] },
  });
});

it('citations of pages have their place, and all are kept', () => {
  const citationsContent = {
    content: [{ text: 'It is ' }, { text: 'so.' }],
    citations: [
      { title: 'A', location: { web: { url: 'https://a.example/', domain: 'a.example' } } },
      { title: 'B', location: { documentChar: { documentIndex: 0, start: 0, end: 3 } } },
    ],
  };
  const { message } = converse([{ text: '> ' }, { citationsContent }]).choices[0]!;
  expect(message).toMatchObject({
    content: '> It is so.',
    annotations: [{ url_citation: { start_index: 2, end_index: 11, title: 'A', url: 'https://a.example/' } }],
    provider_specific_fields: { content: [{ citationsContent }] },
  });
});

it('images and audio are kept whole', () => {
  const image = { image: { format: 'png', source: { bytes: 'AAAA' } } };
  const audio = { audio: { format: 'wav', source: { bytes: 'AAAA' } } };
  const { message } = converse([image, audio]).choices[0]!;
  expect(message).toMatchObject({ content: null, provider_specific_fields: { content: [image, audio] } });
});

it('calls say what kind they are of', () => {
  const toolUse = { toolUseId: 't', name: 'f', input: { a: 1 }, type: 'server_tool_use' };
  const { message, finish_reason } = converse([{ toolUse }], { stopReason: 'tool_use' }).choices[0]!;
  expect(finish_reason).toBe('tool_calls');
  expect(message.tool_calls).toEqual([
    {
      id: 't',
      type: 'function',
      function: { name: 'f', arguments: '{"a":1}' },
      provider_specific_fields: { type: 'server_tool_use' },
    },
  ]);
});

it.each([
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
  ['malformed_model_output', 'content_filter'],
  ['model_context_window_exceeded', 'length'],
])('a message that stopped by %s is one of %s, and says so', (stopReason, reason) => {
  expect(converse([], { stopReason }).choices[0]).toMatchObject({
    finish_reason: reason,
    provider_specific_fields: { stopReason },
  });
});

it('the trace and everything else are kept', () => {
  const rest = {
    trace: { guardrail: { actionReason: 'r' } },
    metrics: { latencyMs: 5 },
    additionalModelResponseFields: { x: 1 },
    serviceTier: { type: 'flex' },
  };
  const usage = {
    inputTokens: 3,
    cacheReadInputTokens: 2,
    cacheWriteInputTokens: 1,
    outputTokens: 4,
    totalTokens: 10,
    cacheDetails: [],
  };
  const body = converse([{ text: 'Hi' }], { ...rest, usage });
  expect(body).toMatchObject({
    id: 'chatcmpl-k',
    model: 'unknown',
    usage: {
      prompt_tokens: 6,
      completion_tokens: 4,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 2 },
    },
  });
  expect(body.provider_specific_fields).toEqual({ ...rest, usage });
});

it('a total that leaves out what was cached is not taken for all', () => {
  const usage = { inputTokens: 3, cacheReadInputTokenCount: 100, outputTokens: 4, totalTokens: 7 };
  expect(converse([], { usage }).usage).toMatchObject({ prompt_tokens: 103, total_tokens: 107 });
});
