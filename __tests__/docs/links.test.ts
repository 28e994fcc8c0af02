import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, relative } from 'node:path';

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

/** What the links and the pictures of a page lead to, without addresses of other sites. */
function targetsOf(document: string): string[] {
  const text = read(document).replace(/^```.*?^```$/gms, '');
  const found = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)];
  return found.map(([, link, source]) => link ?? source ?? '').filter((target) => !/^[a-z]+:/.test(target));
}

/** The files and folders that a page links to, relative to the root. */
function linksOf(document: string): string[] {
  const paths = targetsOf(document).map((target) => target.split('#')[0] ?? '');
  return paths.filter((path) => path !== '').map((path) => join(dirname(document), path));
}

function brokenLinks(document: string): string[] {
  return targetsOf(document).filter((target) => {
    const [path = '', anchor] = target.split('#');
    const page = path === '' ? document : relative(root, join(root, dirname(document), path));
    if (!existsSync(join(root, page))) return true;
    return anchor !== undefined && page.endsWith('.md') && !anchors(page).includes(anchor);
  });
}

test.each(documents)('every link in %s leads somewhere', (document) => {
  expect(brokenLinks(document)).toEqual([]);
});

const { files } = JSON.parse(read('package.json')) as { files: string[] };

/** npm adds the README, the licence and package.json. */
const inPackage = ['README.md', 'LICENSE', 'package.json', ...files];

function isInPackage(path: string): boolean {
  return inPackage.some((pattern) => path.startsWith(`${pattern}/`) || matchesGlob(path, pattern));
}

test.each(documents.filter(isInPackage))('every link in %s leads to a file of the package', (document) => {
  const outside = linksOf(document).filter((path) => !isInPackage(path) && !isInPackage(`${path}/`));
  // A test is named by its path in `code`: the package does not contain it.
  expect(outside).toEqual([]);
});

test.each(documents)('every test that %s names exists', (document) => {
  const named = [...read(document).matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, path = '']) => path);
  expect(named.filter((path) => !existsSync(join(root, '__tests__', path.replace(/^__tests__\//, ''))))).toEqual([]);
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
