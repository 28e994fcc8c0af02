import { Readable } from 'node:stream';
import { type BatchRow, type BatchRowSource, type BatchRowsOptions, batchRows } from '../../../lib';
import { CLAUDE, GEMINI_ROW } from '../../support/batch-rows';

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello, world' }, finish_reason: 'stop' }],
  usage: {
    prompt_tokens: 10,
    completion_tokens: 25,
    total_tokens: 35,
    prompt_tokens_details: { cached_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 5 },
  },
};

function openaiRow(customId: string, body: unknown = COMPLETION, status = 200): object {
  return {
    id: `batch_req_${customId}`,
    custom_id: customId,
    response: { status_code: status, request_id: 'req_1', body },
    error: null,
  };
}

async function rowsOf(source: string | Buffer | BatchRowSource, options?: BatchRowsOptions): Promise<BatchRow[]> {
  const isText = typeof source === 'string' || Buffer.isBuffer(source);
  const rows: BatchRow[] = [];
  for await (const row of batchRows(isText ? Readable.from([Buffer.from(source)]) : source, options)) rows.push(row);
  return rows;
}

function lines(...rows: unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

describe('one shape for the rows of every provider', () => {
  const USAGE = { inputTokens: 10, outputTokens: 25, totalTokens: 35 };

  it.each<[string, unknown, Partial<BatchRow>]>([
    ['openai', openaiRow('1'), { model: 'gpt-4o', usage: { ...USAGE, cachedInputTokens: 2, reasoningTokens: 5 } }],
    [
      'vertex',
      GEMINI_ROW,
      { customId: 'request-1', model: 'gemini-2.5-flash', usage: { ...USAGE, reasoningTokens: 5 } },
    ],
    ['gemini', { key: '1', response: GEMINI_ROW.response }, { model: 'gemini-2.5-flash' }],
    [
      'anthropic',
      { custom_id: '1', result: { type: 'succeeded', message: CLAUDE } },
      { model: 'claude-sonnet-4-5', usage: { inputTokens: 5, outputTokens: 4, totalTokens: 9, cachedInputTokens: 2 } },
    ],
    ['bedrock', { recordId: '1', modelInput: {}, modelOutput: CLAUDE }, { model: 'claude-sonnet-4-5' }],
    [
      'xai',
      { batch_request_id: '1', batch_result: { response: { chat_get_completion: COMPLETION } } },
      { model: 'gpt-4o', usage: { ...USAGE, cachedInputTokens: 2, reasoningTokens: 5 } },
    ],
  ])('%s, recognised by its first row and named', async (format, row, expected) => {
    for (const options of [undefined, { format: 'auto' as const }, { format: format as 'openai' }]) {
      const [read] = await rowsOf(lines(row), options);
      expect(read).toMatchObject({ line: 1, customId: '1', status: 200, error: null, ...expected });
      expect(read?.body).toMatchObject({ object: 'chat.completion', choices: [{ message: { role: 'assistant' } }] });
    }
  });

  it('a request that failed has an error, with the status where there was one', async () => {
    const rows = await rowsOf(
      lines(
        openaiRow('1', { error: { message: 'No.', type: 'invalid_request_error', param: null, code: null } }, 400),
        { id: 'x', custom_id: '2', response: null, error: { code: 'batch_expired', message: 'Too late.' } },
      ),
    );
    expect(rows).toEqual([
      {
        line: 1,
        customId: '1',
        status: 400,
        body: { error: { message: 'No.', type: 'invalid_request_error', param: null, code: null } },
        error: { code: 'invalid_request_error', message: 'No.' },
      },
      { line: 2, customId: '2', status: null, body: null, error: { code: 'batch_expired', message: 'Too late.' } },
    ]);
  });

  it('a file of another kind has rows with errors alone', async () => {
    const rows = await rowsOf(lines({ custom_id: '1', method: 'POST', url: '/v1/embeddings', body: {} }, [1], 7));
    expect(rows.map(({ error }) => error?.code)).toEqual(['unknown_format', 'unknown_format', 'unknown_format']);
  });

  it('the first row that can be recognised decides', async () => {
    const rows = await rowsOf(
      `nonsense\n${lines({ x: 1 }, { recordId: '1', modelOutput: CLAUDE }, { recordId: '2' })}`,
    );
    expect(rows.map(({ customId, error }) => [customId, error?.code])).toEqual([
      [null, 'invalid_json'],
      [null, 'unknown_format'],
      ['1', undefined],
      ['2', 'invalid_row'],
    ]);
  });
});

describe('lines', () => {
  it('keep their order and their numbers, blank ones counted', async () => {
    const [second, third] = [JSON.stringify(openaiRow('é🙂')), JSON.stringify(openaiRow('z'))];
    const content = `\uFEFF${lines(openaiRow('a'))}\r\n  \n{"broken":\n${second}\r\n${third}`;
    const rows = await rowsOf(content);
    expect(rows.map(({ line, customId, error }) => [line, customId, error?.code])).toEqual([
      [1, 'a', undefined],
      [4, null, 'invalid_json'],
      [5, 'é🙂', undefined],
      [6, 'z', undefined],
    ]);
    expect(rows[1]?.error?.message).toContain('Line 4');
  });

  it('give the same rows however they are cut into chunks', async () => {
    const content = Buffer.from(
      `\uFEFF${lines(openaiRow('é🙂'))}\r\n${lines(openaiRow('2'))}x\n${JSON.stringify(openaiRow('3'))}`,
    );
    const whole = await rowsOf(content);
    expect(whole.map(({ customId }) => customId)).toEqual(['é🙂', '2', null, '3']);
    for (let size = 1; size < 200; size += 3) {
      const pieces = Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
        content.subarray(index * size, (index + 1) * size),
      );
      expect(await rowsOf(Readable.from(pieces))).toEqual(whole);
    }
  });

  it('that are not UTF-8 are errors', async () => {
    const [row] = await rowsOf(Buffer.from([0x22, 0xff, 0x22, 0x0a]));
    expect(row?.error?.code).toBe('invalid_json');
  });

  it('that are too long are errors with their id, wherever it stands, and hold up none behind them', async () => {
    const long = 'x'.repeat(100_000);
    const content =
      lines(openaiRow('1'), openaiRow('head', long)) +
      lines({ response: { status_code: 200, body: long }, custom_id: 'tail' }, openaiRow('last'));
    for (const size of [1000, content.length]) {
      const chunks = Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
        Buffer.from(content.slice(index * size, (index + 1) * size)),
      );
      const rows = await rowsOf(Readable.from(chunks), { maxLineBytes: 1000 });
      expect(rows.map(({ customId, error }) => [customId, error?.code])).toEqual([
        ['1', undefined],
        ['head', 'row_too_long'],
        ['tail', 'row_too_long'],
        ['last', undefined],
      ]);
      expect(rows[1]?.error?.message).toContain('maxLineBytes');
    }
  });

  it.each([
    ['lists', '['.repeat(70_000)],
    ['empty objects', `[${'{},'.repeat(25_000)}1]`],
  ])('of which one would become far more memory than it takes are errors with their id: %s', async (_what, body) => {
    const line = `{"custom_id":"1","response":{"status_code":200,"body":${body}}}\n`;
    const [before, row] = await rowsOf(`${lines(openaiRow('0'))}${line}`);
    expect([before?.customId, row?.customId, row?.error?.code]).toEqual(['0', '1', 'row_too_complex']);
  });

  it('with a probability for each token are read', async () => {
    const content = Array.from({ length: 5000 }, (_, index) => ({
      token: `${index}`,
      logprob: -0.5,
      bytes: [48],
      top_logprobs: [],
    }));
    const [row] = await rowsOf(lines(openaiRow('1', { ...COMPLETION, logprobs: { content } })));
    expect(row?.error).toBeNull();
  });

  it('of an empty file give no rows', async () => {
    expect(await rowsOf('')).toEqual([]);
    expect(await rowsOf('\n\r\n')).toEqual([]);
  });
});

describe('numbers', () => {
  const BIG = '12345678901234567890';

  it('in the arguments of tools keep every digit', async () => {
    const claude = {
      ...CLAUDE,
      content: [{ type: 'tool_use', id: 't', name: 'f', input: { id: 'BIG', rate: 'RATE' } }],
    };
    const line = JSON.stringify({ custom_id: '1', result: { type: 'succeeded', message: claude } })
      .replace('"BIG"', BIG)
      .replace('"RATE"', '1.0');
    const [row] = await rowsOf(line);
    expect(row?.body).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { arguments: `{"id":${BIG},"rate":1.0}` } }] } }],
    });
  });

  it("in the body are JavaScript's; those that it cannot hold, JSON.stringify writes as they were", async () => {
    const numbers = `[1.0,-0.0,1e3,0.1234567890123456789,9007199254740993,9007199254740992,1e400,${BIG},-${BIG}]`;
    const list = `[${'0.00692928349599242210,'.repeat(100)}1]`;
    const line = JSON.stringify(openaiRow('1', { numbers: 'N', list: 'L', __proto__: null }))
      .replace('"N"', numbers)
      .replace('"L"', list);
    const [row] = await rowsOf(line);
    const body = row?.body as { numbers: unknown[]; list: unknown[] };
    expect(body.numbers.slice(0, 4)).toEqual([1, -0, 1000, 0.12345678901234568]);
    expect(body.numbers[5]).toBe(9007199254740992);
    expect(JSON.stringify(body.numbers.slice(4))).toBe(`[9007199254740993,9007199254740992,1e400,${BIG},-${BIG}]`);
    expect(body.list).toEqual([...Array<number>(100).fill(0.0069292834959924221), 1]);
  });
});

describe('the source', () => {
  it.each<[string, () => BatchRowSource]>([
    ['a stream', () => Readable.from([Buffer.from(lines(openaiRow('1')))])],
    ['a web stream', () => new Blob([lines(openaiRow('1'))]).stream()],
    ['a Response', () => new Response(lines(openaiRow('1')))],
    ['an object with a stream as its body', () => ({ body: Readable.from([Buffer.from(lines(openaiRow('1')))]) })],
    [
      'a generator',
      async function* () {
        yield new Uint8Array(Buffer.from(lines(openaiRow('1'))));
      },
    ],
  ])('may be %s', async (_what, make) => {
    expect((await rowsOf(make())).map(({ customId }) => customId)).toEqual(['1']);
  });

  it('that fails rejects the iteration with its error, after the rows before it and without a half row', async () => {
    const failure = new Error('cut');
    const source = Readable.from(
      (async function* () {
        yield Buffer.from(`${lines(openaiRow('1'))}${JSON.stringify(openaiRow('2')).slice(0, 50)}`);
        throw failure;
      })(),
    );
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { customId } of batchRows(source)) seen.push(customId);
    })();
    await expect(reading).rejects.toBe(failure);
    expect(seen).toEqual(['1']);
  });

  it('that was destroyed rejects the iteration', async () => {
    const source = Readable.from([Buffer.from(lines(openaiRow('1')))]);
    source.destroy();
    await expect(rowsOf(source)).rejects.toThrow();
  });

  it('is destroyed by break, and so is one whose loop throws', async () => {
    for (const leave of ['break', 'throw']) {
      const source = Readable.from([Buffer.from(lines(openaiRow('1'), openaiRow('2'))), Buffer.from('x')]);
      const reading = (async () => {
        for await (const _row of batchRows({ body: source })) {
          if (leave === 'throw') throw new Error('mine');
          break;
        }
      })();
      await (leave === 'throw' ? expect(reading).rejects.toThrow('mine') : reading);
      expect(source.destroyed).toBe(true);
    }
  });

  it.each<[string, unknown, RegExp]>([
    ['a text', 'x', /"source" must be a stream of bytes.*got a string/],
    ['bytes', Buffer.from('x'), /"source" must be a stream of bytes/],
    ['nothing', undefined, /got undefined/],
    ['a Response without a body', new Response(null), /"source" must be a stream of bytes/],
  ])('may not be %s', (_what, source, message) => {
    expect(() => batchRows(source as BatchRowSource)).toThrow(message);
  });

  it('must give bytes', async () => {
    await expect(rowsOf(Readable.from(['text']) as never)).rejects.toThrow(
      /must be a stream of Uint8Arrays, got a stream of a string/,
    );
  });
});

describe('options', () => {
  it.each<[unknown, RegExp]>([
    [{ format: 'antropic' }, /"format" must be a known format, got "antropic"\. Did you mean `anthropic`\?/],
    [{ format: 7 }, /"format" must be a known format, got number 7; write one of auto, openai/],
    [{ maxLineBytes: 0 }, /"maxLineBytes" must be a positive integer, got number 0/],
    [{ maxLines: 1 }, /unknown option "maxLines"/],
    [{ onUsage: 1 }, /"onUsage" must be a function, got a number/],
  ])('%p', (options, message) => {
    expect(() => batchRows(Readable.from([]), options as BatchRowsOptions)).toThrow(message);
  });

  it('onUsage gets the counts once, also when the loop is left', async () => {
    const seen: unknown[] = [];
    const onUsage = (usage: unknown): void => void seen.push(usage);
    await rowsOf(lines(openaiRow('1'), openaiRow('2', {}), openaiRow('3', {}, 500)), { onUsage });
    for await (const _row of batchRows(Readable.from([Buffer.from(lines(openaiRow('1'), openaiRow('2')))]), {
      onUsage,
    }))
      break;
    const tokens = { inputTokens: 10, outputTokens: 25, totalTokens: 35, cachedInputTokens: 2, reasoningTokens: 5 };
    expect(seen).toEqual([
      { rows: 3, failed: 1, withoutUsage: 1, total: tokens, byModel: { 'gpt-4o': { rows: 1, ...tokens } } },
      { rows: 1, failed: 0, withoutUsage: 0, total: tokens, byModel: { 'gpt-4o': { rows: 1, ...tokens } } },
    ]);
  });
});
