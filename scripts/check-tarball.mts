// What is in the tarball: the files that belong there, the links between them, and their size.
import { globSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ENTRY_POINTS } from './entry-points.mts';

const root = join(import.meta.dirname, '..');

/** What `npm pack --json` says. */
export interface Packed {
  readonly filename: string;
  /** Bytes of the tarball. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** The files that several entry points share have a hash in their name. */
const SHARED = /^dist\/shared-[A-Z0-9]{8}\.js(?:\.map)?$/;

/** What belongs into the tarball: the metadata, the documentation, the sources, and what is made of them. */
function expectedFiles(): string[] {
  const sources = globSync('lib/**/*.ts', { cwd: root });
  const built = (path: string, ...endings: readonly string[]): string[] =>
    endings.map((ending) => path.replace(/^lib/, 'dist').replace(/\.ts$/, ending));
  return [
    ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'],
    // Also files without an extension, and those whose name begins with a dot.
    ...globSync('docs/**/{*,.*}', { cwd: root }).filter((path) => statSync(join(root, path)).isFile()),
    ...globSync('benchmarks/results/*.svg', { cwd: root }),
    ...sources,
    ...globSync('lib/integrations/transfer-console/page/*', { cwd: root }),
    ...sources.flatMap((path) => built(path, '.d.ts', '.d.ts.map')),
    ...ENTRY_POINTS.flatMap((path) => built(path, '.js', '.js.map')),
    ...['content-disposition.cjs', 'http-proxy-middleware.cjs', 'LICENSES.txt'].map((name) => `dist/compiled/${name}`),
  ];
}

/** @throws Error for a file that is missing, or that nobody meant to publish */
export function checkFiles({ files }: Packed): void {
  const expected = new Set(expectedFiles());
  const packed = new Set(files.map(({ path }) => path));
  const surplus = [...packed].filter((path) => !expected.has(path) && !SHARED.test(path));
  const missing = [...expected].filter((path) => !packed.has(path));
  if (surplus.length + missing.length > 0) {
    throw new Error(`the tarball has too much: ${surplus.join(', ') || '-'}; too little: ${missing.join(', ') || '-'}`);
  }
  console.log(`file list: ${packed.size} files as expected`);
}

/** @throws Error for a link or a picture of a page that is not in the tarball */
export function checkLinks({ files }: Packed): void {
  const packed = files.map(({ path }) => path);
  let count = 0;
  const broken = packed
    .filter((path) => path.endsWith('.md'))
    .flatMap((page) => {
      const text = readFileSync(join(root, page), 'utf8').replace(/^```.*?^```$/gms, '');
      const targets = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)];
      return targets.flatMap(([, link, source]) => {
        const [target = ''] = (link ?? source ?? '').split('#');
        if (target === '' || /^[a-z]+:/.test(target)) return [];
        count += 1;
        const path = posix.join(posix.dirname(page), target);
        const isThere = packed.includes(path) || packed.some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
        return isThere ? [] : [`${page}: ${target}`];
      });
    });
  if (broken.length > 0) throw new Error(`links to files that are not in the tarball:\n${broken.join('\n')}`);
  console.log(`links: all ${count} lead to a file of the tarball`);
}

/** Bytes that each part may have, and what else is limited. Raise a number here if the growth is meant. */
const BUDGET = {
  'the tarball, packed': 1_300_000,
  'dist, programs': 1_100_000,
  'dist, source maps': 700_000,
  'dist, declarations': 800_000,
  lib: 1_400_000,
  docs: 900_000,
  'the rest': 100_000,
  files: 1_350,
  dependencies: 8,
};

type Part = keyof typeof BUDGET;

function partOf(path: string): Part {
  if (path.startsWith('dist/')) {
    if (/\.d\.ts(?:\.map)?$/.test(path)) return 'dist, declarations';
    return path.endsWith('.map') ? 'dist, source maps' : 'dist, programs';
  }
  return path.startsWith('lib/') ? 'lib' : path.startsWith('docs/') ? 'docs' : 'the rest';
}

/** @throws Error that names the largest files of a part that has become larger than it may be */
export function checkSize({ files, size }: Packed): void {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const found = new Map<string, number>([
    ['the tarball, packed', size],
    ['files', files.length],
    ['dependencies', Object.keys(dependencies).length],
  ]);
  for (const file of files) found.set(partOf(file.path), (found.get(partOf(file.path)) ?? 0) + file.size);
  const problems = Object.entries(BUDGET).flatMap(([part, most]) => {
    const is = found.get(part) ?? 0;
    if (is <= most) return [];
    const largest = files
      .filter(({ path }) => partOf(path) === part)
      .sort((a, b) => b.size - a.size)
      .slice(0, 8);
    return [`${part}: ${is}, at most ${most}`, ...largest.map((file) => `  ${file.size} ${file.path}`)];
  });
  if (problems.length > 0) {
    throw new Error(
      `the package is larger than its budget:\n${problems.join('\n')}\n` +
        'Compare with `npm pack --dry-run` on main. If the growth is meant, raise BUDGET in scripts/check-tarball.mts.',
    );
  }
  const unpacked = files.reduce((sum, file) => sum + file.size, 0);
  console.log(`size: ${size} bytes packed, ${unpacked} unpacked, ${files.length} files, within the budget`);
}
