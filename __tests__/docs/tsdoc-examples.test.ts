import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileModules } from '../support/compile-modules';
import { tsdocExamples } from '../support/tsdoc-examples';

/** The names that an entry point exports, types as well. */
function exportedBy(entry: string): ReadonlySet<string> {
  const source = readFileSync(join(__dirname, '../../lib', entry), 'utf8');
  const lists = [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list = '']) => list);
  return new Set(lists.flatMap((list) => list.match(/\w+/g) ?? []).filter((name) => name !== 'type'));
}

test('every example in TSDoc compiles in strict TypeScript', async () => {
  const examples = tsdocExamples({
    'express-file-content': exportedBy('index.ts'),
    'express-file-content/console': exportedBy('integrations/console.ts'),
    'express-file-content/opentelemetry': exportedBy('integrations/opentelemetry.ts'),
    'express-file-content/prometheus': exportedBy('integrations/prometheus.ts'),
    'express-file-content/testing': exportedBy('testing/index.ts'),
  });
  expect(examples.length).toBeGreaterThan(40);
  expect(await compileModules('tsdoc-examples', examples, 'tsdoc-prelude.d.ts')).toEqual([]);
});
