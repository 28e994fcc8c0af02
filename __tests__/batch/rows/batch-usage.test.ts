import { Readable } from 'node:stream';
import fc from 'fast-check';
import { type BatchUsage, batchRows, batchUsage, type TokenUsage, type TransferRecord } from '../../../lib';
import { CLAUDE, GEMINI_ROW } from '../../support/batch-rows';

const COMPLETE = { complete: 'yes' } as TransferRecord;
const CUT = { complete: 'no' } as TransferRecord;

/** What the tap counts in a file that comes in pieces of `size` bytes. */
function count(content: Buffer, size: number, record: TransferRecord = COMPLETE, maxLineBytes?: number): BatchUsage {
  const counted: BatchUsage[] = [];
  const tap = batchUsage({ onUsage: (usage) => void counted.push(usage), maxLineBytes });
  for (let at = 0; at < content.length; at += size) {
    // Reused, as those of a relay are.
    const piece = Buffer.from(content.subarray(at, at + size));
    tap.chunk(piece);
    piece.fill(0);
  }
  tap.end?.(record);
  const [usage] = counted;
  if (usage === undefined || counted.length > 1) throw new Error('onUsage was not called once');
  return usage;
}

interface Row {
  readonly model?: string | undefined;
  readonly usage?: TokenUsage | undefined;
  readonly failed: boolean;
}

/** The slow, obvious counter. */
function sum(rows: readonly Row[]): BatchUsage {
  const add = (of: readonly Row[]): TokenUsage => {
    const total = (name: keyof TokenUsage): number => of.reduce((all, { usage }) => all + (usage?.[name] ?? 0), 0);
    return {
      inputTokens: total('inputTokens'),
      outputTokens: total('outputTokens'),
      totalTokens: total('totalTokens'),
      ...(total('cachedInputTokens') > 0 && { cachedInputTokens: total('cachedInputTokens') }),
      ...(total('reasoningTokens') > 0 && { reasoningTokens: total('reasoningTokens') }),
    };
  };
  const models = [...new Set(rows.flatMap(({ model, usage }) => model ?? (usage ? 'unknown' : [])))];
  return {
    rows: rows.length,
    failed: rows.filter(({ failed }) => failed).length,
    withoutUsage: rows.filter(({ failed, usage }) => !failed && usage === undefined).length,
    total: add(rows),
    byModel: Object.fromEntries(
      models.map((model) => {
        const own = rows.filter((row) => (row.model ?? (row.usage ? 'unknown' : undefined)) === model);
        return [model, { rows: own.length, ...add(own) }];
      }),
    ),
  };
}

interface Written {
  readonly line: string;
  readonly row: Row | undefined;
}

const tokens = fc.integer({ min: 1, max: 1e9 });
const model = fc.constantFrom('gpt-4o', 'claude-opus', 'a "quoted" \\ model é🙂', '__proto__', 'toString');
/** What a result holds besides: texts with all that a reader can stumble over, deep and long values. */
const content = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3000 }),
  fc.constantFrom('"usage":{"prompt_tokens":7}', '\\', '\\"', '}\n{', '"'.repeat(2000), '\\'.repeat(1999), ''),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 60 }),
  fc.array(fc.constant({ usage: { prompt_tokens: 9 } }), { maxLength: 600 }),
  fc.integer({ min: 1, max: 60 }).map((depth) => JSON.parse('[{"usage":'.repeat(depth) + 1 + '}]'.repeat(depth))),
);

const openai: fc.Arbitrary<Written> = fc
  .record({
    model,
    prompt: tokens,
    completion: tokens,
    cached: fc.nat(5),
    reasoning: fc.nat(5),
    content,
    kind: fc.nat(4),
  })
  .map(({ model: name, prompt, completion, cached, reasoning, content: message, kind }) => {
    const usage = {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: cached },
      completion_tokens_details: { reasoning_tokens: reasoning },
    };
    const body = { choices: [{ message: { content: message } }], model: name, ...(kind !== 1 && { usage }) };
    const response = { status_code: kind === 2 ? 429 : 200, body: kind === 2 ? { error: { message: 'No.' } } : body };
    const error = { code: 'batch_expired', message: 'Late.' };
    const row = {
      custom_id: 'x',
      content: message,
      response: kind === 3 ? null : response,
      error: kind === 3 ? error : null,
    };
    const counted: TokenUsage = {
      inputTokens: prompt,
      outputTokens: completion,
      totalTokens: prompt + completion,
      cachedInputTokens: cached,
      reasoningTokens: reasoning,
    };
    const isGood = kind !== 2 && kind !== 3;
    return {
      line: JSON.stringify(row),
      row: { failed: !isGood, ...(isGood && { model: name, ...(kind !== 1 && { usage: counted }) }) },
    };
  });

const anthropic: fc.Arbitrary<Written> = fc
  .record({ model, input: tokens, output: tokens, cached: fc.nat(5), content })
  .map(({ model: name, input, output, cached, content: text }) => {
    const usage = { input_tokens: input, output_tokens: output, cache_read_input_tokens: cached };
    const message = {
      type: 'message',
      content: [{ type: 'tool_use', name: 'f', input: { text } }],
      model: name,
      usage,
    };
    return {
      line: JSON.stringify({ custom_id: 'x', result: { message, type: 'succeeded' } }),
      row: {
        failed: false,
        model: name,
        usage: {
          inputTokens: input + cached,
          outputTokens: output,
          totalTokens: input + cached + output,
          cachedInputTokens: cached,
        },
      },
    };
  });

const others: fc.Arbitrary<Written> = fc.constantFrom(
  { line: 'nonsense', row: { failed: true } },
  { line: '{"custom_id":"x","response":', row: { failed: true } },
  { line: '"text', row: { failed: true } },
  { line: '}}]]', row: { failed: true } },
  { line: '[]', row: { failed: true } },
  { line: '{"a":1} {"b":2}', row: { failed: true } },
  { line: '', row: undefined },
  { line: ' \t\r', row: undefined },
);

describe('the tokens of a batch', () => {
  it.each<[string, fc.Arbitrary<Written>]>([
    ['OpenAI', openai],
    ['Anthropic', anthropic],
  ])("of %s's add up to what a slow, obvious counter finds, however the file is cut into chunks", (_whose, written) => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: written }, others), { maxLength: 8 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.constantFrom('', '\n', '\r\n'),
        (file, size, end) => {
          const bytes = Buffer.from(`\uFEFF${file.map(({ line }) => line).join('\n')}${end}`);
          const rows = file.flatMap(({ row }) => row ?? []);
          expect(count(bytes, size)).toEqual(sum(rows));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of a download that was cut are those of its whole rows', () => {
    fc.assert(
      fc.property(
        fc.array(openai, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (file, share) => {
          const bytes = Buffer.from(file.map(({ line }) => `${line}\n`).join(''));
          const cut = Math.floor(share * bytes.length);
          let end = 0;
          const whole = file.filter(({ line }) => {
            end += Buffer.byteLength(line) + 1;
            return end - 1 <= cut;
          });
          expect(count(bytes.subarray(0, cut), 1000, CUT)).toEqual(sum(whole.flatMap(({ row }) => row ?? [])));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are those of every provider', () => {
    const rows = [
      { recordId: '1', modelOutput: { generation: 'x', prompt_token_count: 3, generation_token_count: 4 } },
      {
        key: '1',
        response: {
          candidates: [],
          usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 },
        },
      },
      {
        batch_request_id: '1',
        batch_result: {
          response: {
            chat_get_completion: {
              object: 'chat.completion',
              choices: [],
              usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
            },
          },
        },
      },
    ];
    for (const row of rows) {
      expect(count(Buffer.from(JSON.stringify(row)), 7).total).toEqual({
        inputTokens: 3,
        outputTokens: 4,
        totalTokens: 7,
      });
    }
  });

  it('of a row whose line is too long are unknown, of one just as long they count', () => {
    const line = JSON.stringify({
      custom_id: 'x',
      response: { status_code: 200, body: { pad: 'x'.repeat(500), usage: { prompt_tokens: 5, completion_tokens: 1 } } },
    });
    const bytes = Buffer.from(`${line}\n${line}\n`);
    expect(count(bytes, 64, COMPLETE, line.length)).toMatchObject({
      rows: 2,
      failed: 0,
      withoutUsage: 0,
      total: { inputTokens: 10 },
    });
    expect(count(bytes, 64, COMPLETE, line.length - 1)).toMatchObject({
      rows: 2,
      failed: 0,
      withoutUsage: 2,
      total: { inputTokens: 0 },
    });
  });

  it('come after a long list in little memory: of a line of 40 MB no more than its outline is kept', () => {
    const seen: BatchUsage[] = [];
    const tap = batchUsage({ onUsage: (usage) => void seen.push(usage) });
    tap.chunk(Buffer.from('{"custom_id":"1","response":{"status_code":200,"body":{"data":['));
    const before = process.memoryUsage();
    const numbers = Buffer.from(`{"embedding":[${'0.123456789,'.repeat(5000)}1]},`);
    for (let sent = 0; sent < 40_000_000; sent += numbers.length) tap.chunk(numbers);
    const { arrayBuffers } = process.memoryUsage();
    tap.chunk(Buffer.from('0],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}}}}'));
    tap.end?.(COMPLETE);
    expect(seen).toMatchObject([{ rows: 1, byModel: { m: { inputTokens: 5 } } }]);
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(4_000_000);
  });

  it('of a file with ever other models are named for a thousand of them', () => {
    const line = (name: number): string =>
      JSON.stringify({
        custom_id: 'x',
        response: { status_code: 200, body: { model: `m${name}`, usage: { prompt_tokens: 1 } } },
      });
    const usage = count(Buffer.from(Array.from({ length: 1500 }, (_, name) => line(name)).join('\n')), 65_536);
    expect(Object.keys(usage.byModel)).toHaveLength(1001);
    expect(usage.byModel['other']?.rows).toBe(500);
    expect(usage.total.inputTokens).toBe(1500);
  });
});

it('a tap can be used for one transfer after the other', () => {
  const seen: number[] = [];
  const tap = batchUsage({ onUsage: ({ rows }) => void seen.push(rows) });
  for (const content of ['x\ny\n', 'z']) {
    tap.chunk(Buffer.from(content));
    tap.end?.(COMPLETE);
  }
  tap.end?.(COMPLETE);
  expect(seen).toEqual([2, 1, 0]);
});

it.each<[unknown, RegExp]>([
  [{}, /batchUsage: "onUsage" must be a function, got undefined/],
  [{ onUsage() {}, maxLineBytes: 1.5 }, /batchUsage: "maxLineBytes" must be a positive integer, got number 1.5/],
  [{ onUsage() {}, maxLine: 1 }, /batchUsage: unknown option "maxLine"/],
])('options that cannot work: %p', (options, message) => {
  expect(() => batchUsage(options as Parameters<typeof batchUsage>[0])).toThrow(message);
});

describe('the outline of a row says the same as the row', () => {
  const long = Array.from({ length: 3000 }, (_, index) => index / 7);
  const ROWS: readonly [string, object][] = [
    ['Gemini', GEMINI_ROW],
    [
      'embeddings of Gemini',
      { key: '1', response: { embedding: { values: long }, usageMetadata: { promptTokenCount: 4 } } },
    ],
    [
      'embeddings of Vertex AI',
      {
        instance: { content: 'x' },
        predictions: [{ embeddings: { values: long, statistics: { token_count: 4, truncated: false } } }],
        status: '',
      },
    ],
    ['Claude', { recordId: '1', modelInput: { messages: long }, modelOutput: CLAUDE }],
    [
      'Nova',
      {
        recordId: '1',
        modelInput: {},
        modelOutput: {
          output: {
            message: {
              role: 'assistant',
              content: [{ text: 'x' }, { toolUse: { toolUseId: 't', name: 'f', input: long } }],
            },
          },
          stopReason: 'end_turn',
          usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7, cacheReadInputTokens: 1 },
        },
      },
    ],
    [
      'Titan',
      {
        recordId: '1',
        modelOutput: {
          inputTextTokenCount: 3,
          results: [{ tokenCount: 4, outputText: 'x', completionReason: 'FINISH' }],
        },
      },
    ],
    ['embeddings of Titan', { recordId: '1', modelOutput: { embedding: long, inputTextTokenCount: 3 } }],
    [
      'embeddings of Cohere',
      {
        recordId: '1',
        modelOutput: { embeddings: [long, long], id: 'x', response_type: 'embeddings_floats', texts: ['a', 'b'] },
      },
    ],
    ['an error of Vertex AI', { status: 'Error: x'.repeat(500), request: {}, response: {} }],
    [
      'an error of Anthropic',
      { custom_id: '1', result: { type: 'errored', error: { type: 'error', error: { type: 'x', message: 'y' } } } },
    ],
    [
      'a response of OpenAI',
      {
        custom_id: '1',
        response: {
          status_code: 200,
          body: {
            object: 'response',
            model: 'gpt',
            output: [{ type: 'message', content: [{ type: 'output_text', text: 'x'.repeat(5000) }] }],
            usage: {
              input_tokens: 3,
              input_tokens_details: { cached_tokens: 1 },
              output_tokens: 4,
              output_tokens_details: { reasoning_tokens: 2 },
              total_tokens: 7,
            },
          },
        },
      },
    ],
  ];

  it.each(ROWS)('%s', async (_what, row) => {
    const bytes = Buffer.from(JSON.stringify(row));
    const seen: BatchUsage[] = [];
    for await (const _row of batchRows(Readable.from([bytes]), { onUsage: (usage) => void seen.push(usage) }));
    expect(count(bytes, 1000)).toEqual(seen[0]);
  });
});

it.each([200, 5000])('S4: a name of %i characters is no model, in a download and among rows', async (length) => {
  const body = { object: 'chat.completion', model: 'm'.repeat(length), usage: { prompt_tokens: 1, total_tokens: 1 } };
  const row = JSON.stringify({ custom_id: '1', response: { status_code: 200, body }, error: null });
  let usage: BatchUsage | undefined;
  const onUsage = (counted: BatchUsage): void => {
    usage = counted;
  };
  for await (const _row of batchRows(Readable.from([Buffer.from(row)]), { onUsage }));
  expect(usage?.byModel).toEqual({ other: { rows: 1, inputTokens: 1, outputTokens: 0, totalTokens: 1 } });
  expect(count(Buffer.from(row), 1000)).toEqual(usage);
});
