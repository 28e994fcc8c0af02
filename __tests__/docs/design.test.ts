import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(__dirname, '../../docs');
const page = readFileSync(join(directory, 'design.md'), 'utf8');

/** The rows of the invariants' tables: the name, and the tests that hold it. */
const invariants = [...page.matchAll(/^\| ([SRLTFOPC]\d) \| .* \| ([^|]*) \|$/gm)].map(
  ([, name = '', tests = '']) =>
    [name, [...tests.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path = '']) => path)] as const,
);

test('no number is left out', () => {
  const expected = { S: 6, R: 1, L: 6, T: 8, F: 2, O: 1, P: 1, C: 3 };
  const names = Object.entries(expected).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
  );
  expect(invariants.map(([name]) => name)).toEqual(names);
});

test.each(invariants)('%s is named by each test that is listed for it', (name, paths) => {
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) {
    expect([path, readFileSync(join(directory, '../__tests__', path), 'utf8')]).toEqual([
      path,
      expect.stringMatching(new RegExp(`\\b${name}\\b`)),
    ]);
  }
});
