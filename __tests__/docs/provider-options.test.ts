import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDeclarations } from '../support/declarations';
import { DESCRIBED_FACTORIES, declaredFactories, providerOptions } from '../support/provider-options';

const path = join(__dirname, '../../docs/providers.md');
/** Between the introduction of "Every option" and the next section. */
const TABLES = /(?<=^## Every option\n.*?\n)(?=### ).*?(?=\n\n## )/ms;

let written = '';
let declared: readonly string[] = [];

beforeAll(() => {
  withDeclarations((folder) => {
    written = providerOptions(folder);
    declared = declaredFactories(folder);
  });
  if (!process.env['UPDATE_TYPE_REFERENCE']) return;
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(TABLES, () => written),
  );
});

test('the tables say what the declarations say: UPDATE_TYPE_REFERENCE=1 npx jest docs/provider-options', () => {
  const [tables = ''] = TABLES.exec(readFileSync(path, 'utf8')) ?? [];
  expect(tables.split('\n')).toEqual(written.split('\n'));
});

test('every factory that the package declares has its options there', () => {
  expect([...DESCRIBED_FACTORIES].sort()).toEqual([...declared].sort());
});
