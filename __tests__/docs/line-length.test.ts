import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const LONGEST = 120;

const files = globSync('{lib,__tests__,benchmarks,docs,scripts}/**/*.{ts,mts,js,mjs}', { cwd: root })
  .concat(globSync('*.{js,mjs}', { cwd: root }))
  .filter((path) => !path.includes('node_modules'));

/** A regular expression or a fixture alone on its line: breaking it would make it harder to read, not easier. */
const LITERAL = /^\s*(?:\w+: )?(["'`/]).*(?:\1|\/[a-z]*)(?:[,;]| \+)?$/;

function longLines(path: string): string[] {
  return readFileSync(join(root, path), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      line.length > LONGEST && (!LITERAL.test(line) || /^\s*\/[/*]/.test(line)) ? [`${path}:${index + 1}`] : [],
    );
}

test('no line of code, and no comment, is longer than 120 columns', () => {
  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap(longLines)).toEqual([]);
});
