import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claims } from '../../benchmarks/claims.mts';
import { guideScenarios, withFigures } from '../../benchmarks/guide.mts';
import { pictureOf } from '../../benchmarks/picture.mts';
import type { Results } from '../../benchmarks/results.mts';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const guide = read('docs/guides/performance.md');
const results: Results = JSON.parse(read('benchmarks/results/results.json'));

test('the tables of the guide show the figures of benchmarks/results/results.json', () => {
  expect(withFigures(guide, results)).toBe(guide);
});

test.each([...guideScenarios])('the results have the scenario %s, with this package in it', (name) => {
  expect(Object.keys(results.scenarios[name]?.runs ?? {})).toContainEqual(
    expect.stringMatching(/^express-file-content/),
  );
});

test("the README's picture shows the figures of the same run", () => {
  expect(read('docs/images/benchmark.svg')).toBe(pictureOf(results));
});

// If one fails after a new run, the sentence has to change, not the run.
test.each(claims)('$page: "$sentence" stands there, and the results bear it out', ({ page, sentence, holds }) => {
  expect(read(`docs/guides/${page}`).replace(/\s+/g, ' ')).toContain(sentence);
  expect(holds(results)).toBe(true);
});

test('a changed figure and a missing table are found', () => {
  const name = 'express-file-content';
  const changed = structuredClone(results);
  for (const run of changed.scenarios['plain-100']!.runs[name]!) Object.assign(run, { cpuPerGB: 123 });
  expect(withFigures(guide, changed)).toContain('| express-file-content | 123.00 |');
  expect(pictureOf(changed)).toContain('>123.00</text>');
  expect(() => withFigures(guide.replace('<!-- figures: large -->', ''), results)).toThrow('no block for: large');
  expect(() => withFigures(guide.replace('figures: large', 'figures: larger'), results)).toThrow('"larger"');
});
