import fc from 'fast-check';
import { JSONList } from '../../../lib/providers/batches/json-list';

function read(text: string, size: number, path = ['results'], texts = ['pagination_token']) {
  const list = new JSONList({ path, texts });
  const bytes = Buffer.from(text);
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) lines.push(list.add(bytes.subarray(at, at + size)));
  return { lines: Buffer.concat(lines).toString(), list };
}

it('gives the items of the list as lines, byte for byte but for white space between their parts', () => {
  const text = `{ "pagination_token" : "t\\"1", "other": {"results": [9]}, "results":\n[
    {"a": 12345678901234567890,\n "b": "x\\n  y\\\\"} ,
    "é🙂", 1.0 , [ 1, [2] ], null, {} ] , "results": [7], "x": 1 }`;
  for (let size = 1; size < 100; size += 1) {
    const { lines, list } = read(text, size);
    expect(lines).toBe('{"a":12345678901234567890,"b":"x\\n  y\\\\"}\n"é🙂"\n1.0\n[1,[2]]\nnull\n{}\n');
    expect([list.isComplete, list.hasList, list.text('pagination_token')]).toEqual([true, true, 't"1']);
  }
});

it.each<[string, string, string]>([
  ['an empty list', '{"results":[ ]}', ''],
  ['no list', '{"results":null}', ''],
  ['a list of another name', '{"result":[1]}', ''],
  ['a list that lies elsewhere', '[{"results":[1]}]', ''],
  ['a list of an object of the name', '{"results":{"results":[1]}}', ''],
])('%s gives no lines', (_what, text, lines) => {
  expect(read(text, 3).lines).toBe(lines);
});

it('is not complete before the end of the document', () => {
  const text = '{"results":["a"],"pagination_token":"x"}';
  for (let length = 0; length < text.length; length += 1) {
    expect(read(text.slice(0, length), 5).list.isComplete).toBe(false);
  }
});

it('follows a path', () => {
  const text = '{"metadata":{"output":{"inlined":{"inlined":[{"a":1},{"b":2}]}}},"done":true}';
  expect(read(text, 4, ['metadata', 'output', 'inlined', 'inlined']).lines).toBe('{"a":1}\n{"b":2}\n');
});

it('keeps no long string', () => {
  const { list } = read(JSON.stringify({ pagination_token: 'x'.repeat(5000) }), 100);
  expect(list.text('pagination_token')).toBeUndefined();
});

it('gives what JSON.parse finds, for any items and however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
      fc.nat(3),
      (items, size, indent) => {
        const text = JSON.stringify({ before: items, results: items, pagination_token: 'next' }, undefined, indent);
        const { lines, list } = read(text, size);
        expect(lines).toBe(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
        expect(list.text('pagination_token')).toBe('next');
      },
    ),
  );
});
