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
