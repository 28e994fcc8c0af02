// Joins the modules of `lib` into a few files, because loading three hundred takes more than twice as long. Each entry
// point of the package is a file of its own; what several of them use is in files that they share, so that a class
// exists once. Source maps lead to `lib`.
//
//   node scripts/join-modules.mts [folder]     # Defaults to dist.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ENTRY_POINTS } from './entry-points.mts';

const root = join(import.meta.dirname, '..');
const outdir = resolve(process.argv[2] ?? join(root, 'dist'));

/** `require` of what is not joined. esbuild would replace the name in ES modules. */
const REQUIRE = 'requireAtRunTime';

/** A module that is no entry point moves to the root of the folder: paths in it start there. */
const movedPaths: Plugin = {
  name: 'moved-paths',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, ({ path }) => {
      const source = relative(root, path).replaceAll('\\', '/');
      const text = readFileSync(path, 'utf8');
      if (ENTRY_POINTS.includes(source)) return { contents: text, loader: 'ts' };
      const folder = dirname(relative('lib', source)).replaceAll('\\', '/');
      const contents = text
        .replace(/require\('(\.[^']+)'\)/g, (_call, target: string) => `require('./${posix.join(folder, target)}')`)
        .replace(/\b__dirname\b/g, `(__dirname + ${JSON.stringify(`/${folder}`)})`);
      return { contents, loader: 'ts' };
    });
  },
};

/** The page of the console becomes a part of the code: bundlers of applications would leave its files behind. */
const embeddedPage: Plugin = {
  name: 'embedded-page',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]transfer-console[\\/]page-files\.ts$/ }, ({ path }) => {
      const folder = join(dirname(path), 'page');
      const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
      return { contents: `export const PAGE_FILES = Object.freeze(${JSON.stringify(Object.fromEntries(files))});` };
    });
  },
};

// Only ES modules can share files, and the package is CommonJS: it is joined first and converted then.
const joined = mkdtempSync(join(tmpdir(), 'joined-modules-'));
try {
  const common = { absWorkingDir: root, platform: 'node', target: 'node22', logLevel: 'warning' } as const;
  const { metafile } = await build({
    ...common,
    entryPoints: [...ENTRY_POINTS],
    outbase: 'lib',
    outdir: joined,
    format: 'esm',
    bundle: true,
    splitting: true,
    chunkNames: 'shared-[hash]',
    packages: 'external',
    define: { require: REQUIRE },
    plugins: [embeddedPage, movedPaths],
    sourcemap: 'inline',
    sourcesContent: false,
    metafile: true,
  });
  await build({
    ...common,
    entryPoints: Object.keys(metafile.outputs).map((path) => resolve(root, path)),
    outbase: joined,
    outdir,
    format: 'cjs',
    define: { [REQUIRE]: 'require' },
    sourcemap: true,
    sourcesContent: false,
  });
} finally {
  rmSync(joined, { recursive: true, force: true });
}
