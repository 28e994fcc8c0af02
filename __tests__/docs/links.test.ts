import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '../..');
const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...globSync('{docs,benchmarks}/**/*.md', { cwd: root }),
];

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The anchors of a page's headings, as they are usually made: lower case, hyphens for spaces, no punctuation. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(document: string): string[] {
  const text = read(document).replace(/^```.*?^```$/gms, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const page = path === '' ? document : relative(root, join(root, dirname(document), path));
    if (!existsSync(join(root, page))) return true;
    return anchor !== undefined && page.endsWith('.md') && !anchors(page).includes(anchor);
  });
}

test.each(documents)('every link in %s leads somewhere', (document) => {
  expect(brokenLinks(document)).toEqual([]);
});

/** The names that a file declares or imports: those that `{@link}` in its comments can mean. */
function namesIn(source: string): Set<string> {
  const declared = source.matchAll(/\b(?:function\*?|class|interface|type|const|let|get) (\w+)/g);
  const imported = source.matchAll(/import (?:type )?\{([^}]*)\}/g);
  const members = source.matchAll(/^ +(?:readonly |async |static |#)*(\w+)\??[(:<]/gm);
  return new Set([
    ...[...declared, ...members].map(([, name = '']) => name),
    ...[...imported].flatMap(([, list = '']) => list.split(',').map((item) => item.replace(/\btype\b/, '').trim())),
  ]);
}

const sources = globSync('lib/**/*.ts', { cwd: root });
const everywhere = new Set(sources.flatMap((path) => [...namesIn(read(path))]));

test.each(sources)('every {@link} and every path of a document in %s leads somewhere', (path) => {
  const text = read(path);
  const links = [...text.matchAll(/\{@link ([A-Za-z_]\w*)(?:[.#]\w+)?(?: [^}]*)?\}/g)].map(([, name = '']) => name);
  expect(links.filter((name) => !everywhere.has(name))).toEqual([]);
  const documentsNamed = [...text.matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([target]) => target);
  const broken = documentsNamed.filter((target) => {
    const [page = '', anchor] = target.split('#');
    return !existsSync(join(root, page)) || (anchor !== undefined && !anchors(page).includes(anchor));
  });
  expect(broken).toEqual([]);
});
