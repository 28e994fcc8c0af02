import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents, fencesOf, isExcerpt } from '../support/code-fences';
import { compileModules } from '../support/compile-modules';

test('every example in the documentation compiles', async () => {
  const fences = documents().flatMap(fencesOf);
  expect(fences.length).toBeGreaterThan(10);
  const checked = fences.filter((fence) => !isExcerpt(fence));
  expect(await compileModules('code-fences', checked, 'prelude.d.ts')).toEqual([]);
});

test('the first example of the testing guide is a test of this suite', () => {
  const [first] = fencesOf('docs/guides/testing.md');
  expect(first?.code).toBe(readFileSync(join(__dirname, 'testing-guide.test.ts'), 'utf8'));
});
