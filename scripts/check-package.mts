// Packs the package as it would be published and uses it as its users do: the file list, publint, are-the-types-wrong,
// then a scratch project that installs the tarball, requires it, imports it, and downloads a file through a gateway of
// it.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTestRunners } from './check-test-runners.mts';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'package-check-'));

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What belongs into the tarball: the metadata, the documentation, the sources, and what is made of them. */
function expectedFiles(): string[] {
  const sources = globSync('lib/**/*.ts', { cwd: root });
  const built = sources.map((path) => path.replace(/^lib/, 'dist').replace(/\.ts$/, ''));
  // Also files without an extension, and those whose name begins with a dot.
  const documentation = globSync('docs/**/{*,.*}', { cwd: root }).filter((path) => statSync(join(root, path)).isFile());
  return [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'package.json',
    ...documentation,
    ...sources,
    ...built.flatMap((path) => [`${path}.d.ts`, `${path}.d.ts.map`, `${path}.js`, `${path}.js.map`]),
    ...['content-disposition.cjs', 'http-proxy-middleware.cjs', 'LICENSES.txt'].map((name) => `dist/compiled/${name}`),
  ].sort();
}

function checkFiles(packed: readonly string[]): void {
  const expected = expectedFiles();
  const surplus = packed.filter((path) => !expected.includes(path));
  const missing = expected.filter((path) => !packed.includes(path));
  if (surplus.length + missing.length > 0) {
    throw new Error(`the tarball has too much: ${surplus.join(', ') || '-'}; too little: ${missing.join(', ') || '-'}`);
  }
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm 10 prints a list, later versions an object by name. */
function firstPacked(json: string): Packed {
  const printed: Packed[] | Record<string, Packed> = JSON.parse(json);
  const [first] = Object.values(printed);
  if (first === undefined) throw new Error('npm pack made no tarball');
  return first;
}

try {
  run('npm', ['run', '--silent', 'build'], root);
  const { filename, files } = firstPacked(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], root),
  );
  const tarball = join(scratch, filename);
  checkFiles(files.map(({ path }) => path).sort());
  console.log(`file list: ${files.length} files as expected`);

  run('publint', ['run', tarball, '--strict'], root);
  console.log('publint: nothing to complain about');
  run('attw', [tarball, '--format', 'ascii'], root);
  console.log('are-the-types-wrong: no problem');

  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  cpSync(join(import.meta.dirname, 'package-users'), scratch, { recursive: true });
  const versions = ['express', '@types/express', '@types/node', 'typescript'].map(
    (name) => `${name}@${devDependencies[name]}`,
  );
  writeFileSync(join(scratch, 'package.json'), '{ "name": "scratch", "private": true }\n');
  run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', tarball, ...versions],
    scratch,
  );
  for (const user of ['required.cjs', 'imported.mjs']) console.log(run('node', [user], scratch).trim());
  run(join(scratch, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json'], scratch);
  console.log('types: a strict project compiles, declarations of the package included');

  const types = versions.filter((name) => !name.startsWith('typescript@'));
  checkTestRunners(join(scratch, 'application'), [tarball, ...types]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
