import fc from 'fast-check';
import { NumberList, stringifyJSON } from '../../../lib/batch/json/number-list';
import { parseJSON } from '../../../lib/batch/json/parse-json';
import { isRawNumber } from '../../../lib/batch/json/raw-number';
import { BEDROCK, convert, VERTEX } from '../../support/batch-rows';

/** Each would be written otherwise by `JSON.stringify(JSON.parse(text))`, except the last. */
const NUMBERS = [
  '12345678901234567890',
  '-9007199254740993',
  '1.10',
  '1.0',
  '-0',
  '1e400',
  '1E5',
  '-2.50e-03',
  '0.0000001',
  '0.1234567890123456789',
  '5',
];

const whole = (text: string): string => stringifyJSON(parseJSON(text));

describe('a number is written as it was read', () => {
  it.each(NUMBERS)('%s', (number) => {
    for (const text of [number, `[${number}]`, `{"a":{"b":[1,${number},2]},"c":${number}}`])
      expect(whole(text)).toBe(text);
  });

  it('in any JSON', () => {
    const digits = fc.constantFrom(...NUMBERS, '17', '0', '-1.5', '3.14', '1e0');
    const text = fc.string({ unit: 'grapheme' }).map((value) => JSON.stringify(value));
    const { json } = fc.letrec<{ json: string }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        digits,
        text,
        fc.constantFrom('true', 'null', '"\\\\"', '"\\"1.10"', '"\\u0000"', '"[1.10,"'),
        fc.array(tie('json'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
        fc
          .uniqueArray(fc.tuple(fc.constantFrom('"a"', '"__proto__"', '"1.10"', '"toJSON"', '"é\\\\"'), tie('json')), {
            selector: ([name]) => name,
            maxLength: 4,
          })
          .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`),
      ),
    }));
    fc.assert(
      fc.property(json, (original) => {
        // Escapes and separators may differ, digits may not.
        expect(whole(original)).toBe(JSON.stringify(JSON.parse(original, keepSource)));
      }),
      { numRuns: 500 },
    );
  });

  it('while those that JavaScript has are numbers', () => {
    expect(parseJSON('{"a":[0,-17,3.14,1e21,0.5],"b":9007199254740991}')).toEqual({
      a: [0, -17, 3.14, expect.objectContaining({ rawJSON: '1e21' }), 0.5],
      b: 9007199254740991,
    });
  });
});

describe('a long list of numbers', () => {
  const list = `[${Array.from({ length: 400 }, (_, index) => (index === 7 ? '1.10' : `${index / 7}`)).join(', ')}]`;

  it('is kept as its text if the numbers are not needed', () => {
    const kept = parseJSON(`{"v":${list}}`, { keepsLists: true }) as { v: NumberList };
    expect(kept.v).toBeInstanceOf(NumberList);
    expect(stringifyJSON([kept, kept])).toBe(`[{"v":${list}},{"v":${list}}]`);
    expect(JSON.stringify(kept)).toBe(`{"v":${list.replaceAll(' ', '')}}`);
  });

  it('is a list of numbers else', () => {
    const { v } = parseJSON(`{"v":${list}}`) as { v: unknown[] };
    expect(v).toHaveLength(400);
    expect(v[6]).toBe(6 / 7);
    expect(isRawNumber(v[7])).toBe(true);
  });

  it.each([
    ['an empty place', list.replace('1.10', '')],
    ['an invalid number', list.replace('1.10', '1.1.0')],
    ['a leading zero', list.replace('1.10', '01')],
  ])('is refused with %s', (_what, text) => {
    for (const keepsLists of [true, false]) {
      expect(() => parseJSON(`{"v":${text}}`, { keepsLists })).toThrow(SyntaxError);
    }
  });
});

it.each(['', '1.', '01', '{"a":1.10', '"1.10', '[1.10,]', '{"a" 1.10}', '+1.10', '1.10 1.10', '\\"1.10\\"'])(
  'what is not JSON is not accepted: %j',
  (text) => {
    expect(() => parseJSON(text)).toThrow(SyntaxError);
  },
);

it('a member named __proto__ is an ordinary member', () => {
  const value = parseJSON('{"__proto__":1.10,"a":{"__proto__":{"b":1e400}}}') as object;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(Object.keys(value)).toEqual(['__proto__', 'a']);
  expect(stringifyJSON(value)).toBe('{"__proto__":1.10,"a":{"__proto__":{"b":1e400}}}');
});

const ARGUMENTS = `{"big":12345678901234567890,"price":1.10,"far":1e400,"list":[-0,2.0]}`;
const CALL = `{"type":"tool_use","id":"t","name":"f","input":${ARGUMENTS}}`;

it.each([
  [
    'Gemini',
    VERTEX,
    `{"key":"1","response":{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":ARGS}}]}}]}}`,
  ],
  ['Claude', VERTEX, `{"custom_id":"1","response":{"type":"message","content":[CALL]}}`],
  ['Claude on Bedrock', BEDROCK, `{"recordId":"1","modelOutput":{"type":"message","content":[CALL]}}`],
  [
    'Converse',
    BEDROCK,
    `{"recordId":"1","modelOutput":{"output":{"message":{"content":[{"toolUse":{"name":"f","input":ARGS}}]}}}}`,
  ],
])('arguments of tools of %s keep their digits', async (_what, provider, template) => {
  const [row] = await convert(template.replace('CALL', CALL).replace('ARGS', ARGUMENTS), provider);
  expect(row?.response?.body).toMatchObject({
    choices: [{ message: { tool_calls: [{ function: { name: 'f', arguments: ARGUMENTS } }] } }],
  });
});

it('a body of an unknown shape keeps its digits, also on the thread for long lines', async () => {
  for (const padding of ['', 'x'.repeat(100_000)]) {
    const output = `{"a":${ARGUMENTS},"values":[${'0.10,'.repeat(500)}1],"padding":"${padding}"}`;
    const transform = BEDROCK.transform?.({ status: 200, headers: {} });
    transform?.end(`{"recordId":12345678901234567890,"modelOutput":${output}}\n`);
    let text = '';
    for await (const chunk of transform ?? []) text += String(chunk);
    expect(text).toContain(`"body":${output}`);
    expect(text).toContain('"custom_id":"12345678901234567890"');
  }
});

it('counts of tokens may be written as decimals', async () => {
  const usage = '{"promptTokenCount":10.0,"candidatesTokenCount":2e1}';
  const [row] = await convert(
    `{"key":"1","response":{"candidates":[],"promptFeedback":{},"usageMetadata":${usage}}}`,
    VERTEX,
  );
  expect(row?.response?.body).toMatchObject({ usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 } });
});

interface Source {
  readonly source?: string;
}

/** The obvious way, by the standard alone: every number is its text. */
function keepSource(this: unknown, _name: string, value: unknown, ...[context]: Source[]): unknown {
  return typeof value === 'number' ? Reflect.apply(Reflect.get(JSON, 'rawJSON'), JSON, [context?.source]) : value;
}

it('a text that is refused leaves nothing behind for the next', () => {
  const list = `[${'1,'.repeat(600)},1]`;
  expect(() => parseJSON(`{"a":[1.10,2.20,${list}]}`)).toThrow(SyntaxError);
  expect(whole('[1.10,2.20]')).toBe('[1.10,2.20]');
});
