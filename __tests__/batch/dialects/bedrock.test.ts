import { type BatchRow, BEDROCK, CLAUDE, convert } from '../../support/batch-rows';

describe('a row of Bedrock', () => {
  async function one(modelOutput: unknown): Promise<BatchRow> {
    const [converted] = await convert(JSON.stringify({ recordId: 'rec-1', modelInput: {}, modelOutput }), BEDROCK);
    return converted!;
  }

  it.each([
    ['Claude', CLAUDE, 'It is ', 'tool_calls', 9],
    [
      'Converse and Nova',
      {
        output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
        stopReason: 'max_tokens',
        usage: { inputTokens: 2, outputTokens: 3, totalTokens: 5 },
      },
      'Hi',
      'length',
      5,
    ],
    [
      'Titan',
      { inputTextTokenCount: 8, results: [{ tokenCount: 3, outputText: 'blue', completionReason: 'FINISH' }] },
      'blue',
      'stop',
      11,
    ],
    [
      'Llama',
      { generation: 'Hi', prompt_token_count: 1, generation_token_count: 2, stop_reason: 'length' },
      'Hi',
      'length',
      3,
    ],
    ['Mistral', { outputs: [{ text: 'Hi', stop_reason: 'stop' }] }, 'Hi', 'stop', 0],
  ])('of %s becomes a chat completion', async (_family, output, content, finishReason, totalTokens) => {
    const row = await one(output);
    expect(row).toMatchObject({ custom_id: 'rec-1', error: null, response: { status_code: 200 } });
    expect(row.response?.body).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finishReason }],
      usage: { total_tokens: totalTokens },
    });
  });

  it('keeps tool calls and reasoning of Converse', async () => {
    const content = [
      { reasoningContent: { reasoningText: { text: 'hm' } } },
      { toolUse: { toolUseId: 't1', name: 'clock', input: {} } },
      { image: { format: 'png' } },
    ];
    const row = await one({ output: { message: { content } }, stopReason: 'tool_use' });
    expect(row.response?.body).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            reasoning_content: 'hm',
            tool_calls: [{ id: 't1', type: 'function', function: { name: 'clock', arguments: '{}' } }],
            provider_specific_fields: { content: [content[2]] },
          },
        },
      ],
    });
  });

  it('of an unknown family is handed on', async () => {
    expect((await one({ invented: [1, 2] })).response?.body).toEqual({ invented: [1, 2] });
  });

  it('that failed has the HTTP status of its error, otherwise its own error', async () => {
    const refused = { recordId: 'rec-1', modelInput: {}, error: { errorCode: 400, errorMessage: 'bad request' } };
    const failed = { recordId: 'rec-2', modelInput: {}, error: { errorCode: 'ModelErrorException' } };
    expect(await convert(`${JSON.stringify(refused)}\n${JSON.stringify(failed)}`, BEDROCK)).toMatchObject([
      {
        custom_id: 'rec-1',
        response: {
          status_code: 400,
          body: { error: { message: 'bad request', type: 'provider_error', param: null, code: '400' } },
        },
        error: null,
      },
      { custom_id: 'rec-2', response: null, error: { code: 'ModelErrorException' } },
    ]);
  });
});
