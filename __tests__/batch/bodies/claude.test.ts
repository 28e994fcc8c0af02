import { bodyOf } from '../../support/batch-bodies';

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5-5', stop_reason: 'end_turn' };

function choiceOf(...content: unknown[]): ReturnType<typeof bodyOf>['choices'][number] {
  return bodyOf('anthropic', { ...MESSAGE, content }).choices[0]!;
}

it('thinking keeps its signature, and redacted thinking is kept', () => {
  const thinking = { type: 'thinking', thinking: 'hm', signature: 'sig' };
  const redacted = { type: 'redacted_thinking', data: 'xx' };
  expect(choiceOf(thinking, redacted, { type: 'text', text: 'Hi', citations: null }).message).toEqual({
    role: 'assistant',
    content: 'Hi',
    refusal: null,
    reasoning_content: 'hm',
    provider_specific_fields: { content: [thinking, redacted] },
  });
});

it('citations of pages have their place, and all are kept', () => {
  const page = { type: 'web_search_result_location', url: 'https://a.example/', title: 'A', cited_text: 'c' };
  const place = { type: 'char_location', document_index: 0, start_char_index: 0, end_char_index: 5, cited_text: 'c' };
  const cited = { type: 'text', text: 'second', citations: [page, place] };
  const { message } = choiceOf({ type: 'text', text: 'first ' }, cited);
  expect(message).toMatchObject({
    content: 'first second',
    annotations: [
      {
        type: 'url_citation',
        url_citation: { start_index: 6, end_index: 12, title: 'A', url: 'https://a.example/' },
      },
    ],
    provider_specific_fields: { content: [cited] },
  });
});

it('tools that ran on the server are kept, and calls say who made them', () => {
  const server = { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'q' } };
  const found = { type: 'web_search_tool_result', tool_use_id: 'srv_1', content: [] };
  const caller = { type: 'code_execution_20250825', tool_id: 'srv_1' };
  const { message } = choiceOf(server, found, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {}, caller });
  expect(message).toMatchObject({
    content: null,
    tool_calls: [{ id: 'toolu_1', function: { name: 'f', arguments: '{}' }, provider_specific_fields: { caller } }],
    provider_specific_fields: { content: [server, found] },
  });
});

it.each([
  ['stop_sequence', 'stop', { stop_reason: 'stop_sequence', stop_sequence: 'END' }],
  ['pause_turn', 'length', { stop_reason: 'pause_turn', stop_sequence: 'END' }],
  ['refusal', 'content_filter', { stop_reason: 'refusal', stop_sequence: 'END' }],
  ['end_turn', 'stop', { stop_sequence: 'END' }],
])('a message that stopped by %s is one of %s, and says so', (stop_reason, reason, fields) => {
  const body = bodyOf('bedrock', { ...MESSAGE, content: [], stop_reason, stop_sequence: 'END' });
  expect(body.choices[0]).toMatchObject({ finish_reason: reason, provider_specific_fields: fields });
});

it('everything else that a message says is kept', () => {
  const rest = {
    container: { id: 'c', expires_at: '2026-11-28T00:00:00Z' },
    stop_details: { type: 'refusal', category: 'cyber', explanation: 'No' },
  };
  const usage = {
    input_tokens: 3,
    cache_creation_input_tokens: 2,
    cache_read_input_tokens: 1,
    output_tokens: 4,
    output_tokens_details: { thinking_tokens: 2 },
    service_tier: 'batch',
  };
  const body = bodyOf('anthropic', { ...MESSAGE, content: [], usage, ...rest, diagnostics: null });
  expect(body).toMatchObject({
    id: 'msg_1',
    model: 'claude-opus-5-5',
    usage: {
      prompt_tokens: 6,
      completion_tokens: 4,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
  });
  expect(body.provider_specific_fields).toEqual({ ...rest, usage });
});
