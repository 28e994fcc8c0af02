import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

test('begins with what is not released, then the version of package.json', () => {
  const headings = [...changelog.matchAll(/^## \[([^\]]+)\]/gm)].map(([, name]) => name);
  expect(headings.slice(0, 2)).toEqual(['Unreleased', version]);
});

// Two branches that add lines in one place are merged without a conflict, and may leave a line twice.
test('says nothing twice', () => {
  const lines = changelog.split('\n').filter((line) => line.startsWith('- '));
  expect(lines.filter((line, at) => lines.indexOf(line) !== at)).toEqual([]);
});
