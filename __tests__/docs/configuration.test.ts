import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileContentRouter, type FileContentRouterOptions } from '../../lib/index';
import { parseOptions } from '../../lib/options/parse-options';

const page = readFileSync(join(__dirname, '../../docs/configuration.md'), 'utf8');
const options = page.slice(0, page.indexOf('\n## resolveProvider'));

/** The rows of the options' tables: the option, its default, and all cells. */
const rows = [...options.matchAll(/^\| `([\w.]+)` \|(.*)\|$/gm)].map(([, option = '', rest = '']) => {
  const cells = rest.split(' | ').map((cell) => cell.trim());
  return { option, cells, byDefault: cells.at(-2) ?? '' };
});

/** The options that the code knows, read off its own message about one that it does not. */
function known(group: string | undefined): string[] {
  const unknown = { unheardOf: 1 };
  const given = group === undefined ? unknown : { [group]: unknown };
  try {
    createFileContentRouter({ resolveProvider: () => undefined, ...given } as FileContentRouterOptions);
  } catch (error) {
    const [, list = '', only = ''] = /; (?:write one of (.*)|the only one is `(.*)`)\. See /.exec(String(error)) ?? [];
    const names = list === '' ? [only] : list.split(', ');
    return group === undefined ? names : names.map((name) => `${group}.${name.replace(`${group}.`, '')}`);
  }
  throw new Error(`nothing is unknown in ${group ?? 'the options'}`);
}

const GROUPS = ['timeouts', 'limits', 'buffer', 'resume', 'redirect', 'headers', 'agents'];

test('every option of the code is in the tables, once, and nothing else is', () => {
  const expected = [undefined, ...GROUPS].flatMap(known);
  expect(rows.map(({ option }) => option).sort()).toEqual(expected.sort());
});

test('every option has a type, a default and a meaning', () => {
  for (const { cells } of rows) {
    const hasUnit = cells.length === 4;
    const [type, second, third, fourth] = cells;
    const [byDefault, meaning] = hasUnit ? [third, fourth] : [second, third];
    expect({ type, byDefault, meaning }).toEqual({
      type: expect.stringMatching(/./),
      byDefault: expect.stringMatching(/./),
      meaning: expect.stringMatching(/^[A-Z].*\.$/),
    });
  }
});

/** A default as the tables write it: `10_000`, `Infinity`, `'respond'`, `['files']`, `true`. */
function readDefault(text: string): unknown {
  const literal = /^`(.*)`$/.exec(text)?.[1] ?? '';
  if (literal === 'os.tmpdir()') return jest.requireActual<typeof import('node:os')>('node:os').tmpdir();
  const number = Number(literal.replaceAll('_', ''));
  return Number.isNaN(number) ? JSON.parse(literal.replaceAll("'", '"')) : number;
}

test('every default in the tables is that of the code', () => {
  const parsed = parseOptions({ resolveProvider: () => undefined });
  const settings = { ...parsed, resources: parsed.routes.map(({ resource }) => resource) };
  const literal = rows.filter(({ byDefault }) => byDefault.startsWith('`'));
  expect(literal.length).toBeGreaterThan(15);
  for (const { option, byDefault } of literal) {
    const actual = option.split('.').reduce<unknown>((value, name) => Reflect.get(Object(value), name), settings);
    expect([option, readDefault(byDefault)]).toEqual([option, actual]);
  }
});

test('a default that is put in words has no value in the code', () => {
  const settings = parseOptions({ resolveProvider: () => undefined });
  expect(settings.adapters).toEqual([]);
  expect(settings.allowedOrigins).toBeUndefined();
  expect(settings.agents).toEqual({});
});

test.each([
  ['request', 'requestHeaders', 'To the provider go'],
  ['response', 'responseHeaders', 'To the client go'],
] as const)('the headers of every %s are listed', (_what, setting, beginning) => {
  const start = options.indexOf(beginning);
  const sentence = options.slice(start, options.indexOf('.', start));
  const listed = [...sentence.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name.toLowerCase());
  // Framing and the name have rules of their own; they are no part of the list.
  const decided = ['content-length', 'content-disposition'];
  const expected = parseOptions({ resolveProvider: () => undefined })[setting];
  expect(listed.filter((name) => !decided.includes(name)).sort()).toEqual([...expected].sort());
});
