import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');
const guide = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The folders and files of each box in the drawing, such as `http/` and `errors.ts`. */
const boxes = new Map(
  [...guide.matchAll(/(\w+)\["([^<]+)<br\/>/g)].map(([, box = '', names = '']) => [box, names.split(', ')] as const),
);
const arrows = [...guide.matchAll(/^ {2}(\w+)(?:\[[^\]]*\])? --> (\w+)/gm)].map(([, from = '', to = '']) => ({
  from,
  to,
}));

/** The box of a file in `lib`; the most specific name decides. */
function boxOf(file: string): string | undefined {
  const fitting = [...boxes].flatMap(([box, names]) => names.map((name) => ({ box, name })));
  const found = fitting.filter(({ name }) => file === name || (name.endsWith('/') && file.startsWith(name)));
  return found.toSorted((one, other) => other.name.length - one.name.length)[0]?.box;
}

function reachableFrom(box: string, seen = new Set([box])): ReadonlySet<string> {
  for (const { from, to } of arrows) {
    if (from !== box || seen.has(to)) continue;
    seen.add(to);
    reachableFrom(to, seen);
  }
  return seen;
}

const files = globSync('**/*.ts', { cwd: join(root, 'lib') }).map((file) => file.replaceAll('\\', '/'));

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, 'lib', file), 'utf8');
  const paths = [...text.matchAll(/(?:from |import\(|require\()'(\.[^']+)'/g)].map(([, path = '']) => path);
  const found = paths.map((path) => join(dirname(file), path).replaceAll('\\', '/'));
  return found.flatMap((path) => [`${path}.ts`, `${path}/index.ts`].filter((each) => files.includes(each)));
}

test('every file of lib is in a box of the drawing', () => {
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter((file) => boxOf(file) === undefined)).toEqual([]);
});

test('imports follow the arrows of the drawing', () => {
  const against = files.flatMap((file) => {
    const reachable = reachableFrom(boxOf(file) ?? '');
    return importsOf(file)
      .filter((imported) => !reachable.has(boxOf(imported) ?? ''))
      .map((imported) => `${file} -> ${imported}`);
  });
  expect(against).toEqual([]);
});

test('no arrow leads back', () => {
  expect(arrows.length).toBeGreaterThan(15);
  expect(arrows.filter(({ from, to }) => reachableFrom(to).has(from))).toEqual([]);
});
