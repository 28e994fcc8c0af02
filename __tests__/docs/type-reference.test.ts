import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDeclarations } from '../support/declarations';
import { exportedNames, typeReference } from '../support/type-reference';

const root = join(__dirname, '../..');
const page = join(root, 'docs/types.md');
const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  exports: Record<string, { types?: string }>;
};
const entries = Object.entries(exports).flatMap(([path, { types }]) =>
  types === undefined ? [] : [[path.replace('.', name), types.replace('./dist/', '')] as const],
);

let written = '';
let names: readonly string[] = [];

beforeAll(() => {
  withDeclarations((folder) => {
    written = typeReference(folder, entries);
    names = entries.flatMap(([, entry]) => exportedNames(folder, entry));
  });
  if (process.env['UPDATE_TYPE_REFERENCE']) writeFileSync(page, written);
});

test('docs/types.md is what the declarations say: UPDATE_TYPE_REFERENCE=1 npx jest docs/type-reference', () => {
  const [current, expected] = [readFileSync(page, 'utf8'), written].map((text) => text.split('\n'));
  const differing = expected?.filter((line) => !current?.includes(line));
  expect(differing).toEqual([]);
  expect(current).toEqual(expected);
});

test('every export has its entry in docs/api.md', () => {
  const api = readFileSync(join(root, 'docs/api.md'), 'utf8').replace(/^```.*?^```$/gms, '');
  const code = new Set([...api.matchAll(/`([^`]+)`/g)].flatMap(([, text = '']) => text.match(/[\w$]+/g) ?? []));
  expect(names.filter((each) => !code.has(each))).toEqual([]);
});

test('every export and every member is described', () => {
  const undescribed = written.split('\n').filter((line) => /^\| `[^`]+` \| .* \|\s*\|$/.test(line));
  expect(undescribed).toEqual([]);
});

test.each([
  ['a result', /^\| `verify` \| `\(token: string\) => ContentLink \\\| undefined` \| required \|/m],
  ['a member that is always there', /^\| `model` \| `string \\\| undefined` \| required \|/m],
])('%s that may be undefined is shown as such', (_what, row) => {
  expect(readFileSync(page, 'utf8')).toMatch(row);
});

test('of an optional member, undefined is left out', () => {
  expect(written).not.toMatch(/^\| [^\n]*\?: [^;`\n]* \| undefined;/m);
  expect(written).toMatch(/^\| `onError` \| `\(error: FileContentError\) => unknown` \|/m);
});
