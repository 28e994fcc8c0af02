import { ContentTail } from '../../../lib/upstream/resume/content-tail';

function tailOf(size: number, pieces: readonly string[]): [string, number] {
  const tail = new ContentTail(size);
  for (const piece of pieces) tail.keep(Buffer.from(piece));
  return [tail.read().toString(), tail.length];
}

test.each<[number, readonly string[], string]>([
  [4, [], ''],
  [4, ['ab'], 'ab'],
  [4, ['ab', 'c'], 'abc'],
  [4, ['ab', 'cd'], 'abcd'],
  [4, ['abc', 'def'], 'cdef'],
  [4, ['abcdefgh'], 'efgh'],
  [4, ['a', 'bcdefg', 'h'], 'efgh'],
  [4, ['ab', 'cd', 'e', '', 'f'], 'cdef'],
  [1, ['ab', 'c'], 'c'],
  [0, ['abc'], ''],
])('of %i bytes after %j is %j', (size, pieces, expected) => {
  expect(tailOf(size, pieces)).toEqual([expected, expected.length]);
});

test('is a copy: the bytes that passed may be reused', () => {
  const tail = new ContentTail(4);
  const bytes = Buffer.from('abcd');
  tail.keep(bytes);
  bytes.fill('x');
  expect(tail.read().toString()).toBe('abcd');
});
