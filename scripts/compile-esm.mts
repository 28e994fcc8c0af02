// Compiles the dependencies that are published as ES modules only to CommonJS, for test runners that cannot require
// those. Everything that they import is compiled in, with its licence: the copies need no other package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist/compiled');

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['content-disposition', 'http-proxy-middleware'],
  outdir,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  legalComments: 'none',
  metafile: true,
});

/** The folder of the package that a file belongs to. */
function packageOf(file: string): string | undefined {
  const parts = file.split('/');
  const start = parts.lastIndexOf('node_modules') + 1;
  if (start === 0) return undefined;
  const length = parts[start]?.startsWith('@') ? 2 : 1;
  return parts.slice(0, start + length).join('/');
}

const folders = new Set(Object.keys(metafile.inputs).flatMap((file) => packageOf(file) ?? []));
const licences = [...folders].sort().map((folder) => {
  const manifest: { name: string; version: string; license: string } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e(?:\.\w+)?$/i.test(name));
  if (file === undefined) throw new Error(`${manifest.name} has no licence file`);
  const text = readFileSync(join(root, folder, file), 'utf8').trim();
  return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`;
});
writeFileSync(join(outdir, 'LICENSES.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
