import { type BatchRow, CLAUDE, convert, GEMINI_ROW, VERTEX } from '../../support/batch-rows';

describe('a row of Vertex AI', () => {
  async function one(row: unknown): Promise<BatchRow> {
    const [converted] = await convert(JSON.stringify(row), VERTEX);
    return converted!;
  }

  it('becomes a chat completion', async () => {
    expect(await one(GEMINI_ROW)).toEqual({
      id: expect.stringMatching(/^batch_req_[0-9a-f]{24}$/),
      custom_id: 'request-1',
      response: {
        status_code: 200,
        request_id: 'r1',
        body: {
          id: 'chatcmpl-r1',
          object: 'chat.completion',
          created: 1_793_556_796,
          model: 'gemini-2.5-flash',
          choices: [
            {
              index: 0,
              message: { role: 'assistant', content: 'Hello, world', refusal: null },
              finish_reason: 'stop',
              logprobs: null,
            },
          ],
          usage: {
            prompt_tokens: 10,
            completion_tokens: 25,
            total_tokens: 35,
            completion_tokens_details: { reasoning_tokens: 5 },
          },
        },
      },
      error: null,
    });
  });

  it('keeps tool calls, reasoning and what OpenAI has no member for', async () => {
    const parts = [
      { text: 'thinking', thought: true },
      { functionCall: { name: 'clock', args: { zone: 'UTC' } } },
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    ];
    const row = await one({ response: { candidates: [{ content: { parts }, finishReason: 'STOP', index: 2 }] } });
    expect(row.response?.body).toMatchObject({
      choices: [
        {
          index: 2,
          finish_reason: 'tool_calls',
          message: {
            content: null,
            reasoning_content: 'thinking',
            tool_calls: [
              {
                id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
                type: 'function',
                function: { name: 'clock', arguments: '{"zone":"UTC"}' },
              },
            ],
            provider_specific_fields: { content: [parts[2]] },
          },
        },
      ],
    });
  });

  it.each([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['STOP', 'stop'],
    ['SOMETHING_NEW', 'content_filter'],
  ])('that stopped by %s has the reason %s', async (reason, expected) => {
    const row = await one({ response: { candidates: [{ content: { parts: [{ text: '' }] }, finishReason: reason }] } });
    expect(row.response?.body).toMatchObject({ choices: [{ finish_reason: expected, message: { content: '' } }] });
  });

  it.each([
    [{ status: 'Deadline: {"half', request: { labels: { custom_id: 'x' } } }, 'error', 'Deadline: {"half'],
    [{ key: 'x', error: { status: 'INTERNAL' } }, 'INTERNAL', expect.stringMatching(/error/)],
  ])('that failed is an error row: %j', async (row, code, message) => {
    expect(await one(row)).toMatchObject({ custom_id: 'x', response: null, error: { code, message } });
  });

  it('that failed with an HTTP status has it, and the error in its body', async () => {
    const error = { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED' };
    expect(await one({ key: 'x', error })).toMatchObject({
      custom_id: 'x',
      response: {
        status_code: 429,
        body: { error: { message: 'Quota', type: 'RESOURCE_EXHAUSTED', param: null, code: '429' } },
      },
      error: null,
    });
  });

  it.each([
    ['Bad Request: {"error": {"code": 400, "message": "No", "status": "INVALID_ARGUMENT"}}', 400],
    ['Bad Request: {"error": 400}', 400],
  ])('that failed has the HTTP status that its text holds: %s', async (status, code) => {
    expect(await one({ key: 'x', status, response: {} })).toMatchObject({
      response: { status_code: code, body: { error: { message: status, code: String(code) } } },
      error: null,
    });
  });

  it.each([
    [3, 400],
    [8, 429],
    [14, 503],
    [16, 401],
  ])("that failed with Google's code %d has the HTTP status %d", async (code, status) => {
    const row = await one({ key: 'x', error: { code, message: 'No', details: [{ reason: 'R' }] } });
    const rest = { provider_specific_fields: { details: [{ reason: 'R' }] } };
    expect(row).toMatchObject({ response: { status_code: status, body: { error: { code: String(code), ...rest } } } });
  });

  it('of a partner model is converted, or handed on where it has another shape', async () => {
    const claude = await one({ custom_id: 'c', response: CLAUDE });
    expect(claude.response?.body).toMatchObject({
      id: 'msg_1',
      model: 'claude-sonnet-4-5',
      choices: [
        {
          finish_reason: 'tool_calls',
          message: { content: 'It is ', tool_calls: [{ id: 'toolu_1', function: { arguments: '{"zone":"UTC"}' } }] },
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9, prompt_tokens_details: { cached_tokens: 2 } },
    });
    const completion = { object: 'chat.completion', choices: [] };
    expect((await one({ custom_id: 'l', response: completion })).response?.body).toEqual(completion);
    const predictions = [{ safetyAttributes: [1] }];
    expect((await one({ instance: {}, predictions })).response?.body).toEqual({ predictions });
  });

  it.each([
    ['a plain label', { litellm_custom_id: 'request-1' }, 'request-1'],
    ['one encoded label', { litellm_custom_id: 'cut', litellm_custom_id_raw: 'b32_kjsxc5lfon2c6mi' }, 'Request/1'],
    [
      'two encoded labels',
      { litellm_custom_id_raw: 'b32_kjsxc5', litellm_custom_id_raw_1: 'b32_lfon2c6mi' },
      'Request/1',
    ],
    ['an invalid encoding', { litellm_custom_id: 'plain', litellm_custom_id_raw: 'b32_!' }, 'plain'],
    ['no label', {}, null],
  ])('has its custom_id from %s', async (_what, labels, expected) => {
    expect((await one({ request: { labels }, response: {} })).custom_id).toBe(expected);
  });
});
