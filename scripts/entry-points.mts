// The modules of `lib` that the published package has as files of their own.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));

/** What is loaded by its path, when it is needed. */
const LOADED_BY_PATH = [
  'lib/batch/conversion/conversion-worker.ts',
  'lib/integrations/cli/main.ts',
  'lib/integrations/cli/gateway.ts',
];

const published = [
  ...Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.default])),
  ...Object.values(manifest.bin),
];

/** Paths relative to the root, such as `lib/index.ts`. */
export const ENTRY_POINTS: readonly string[] = [
  ...published.map((path) => posix.normalize(path).replace(/^dist(.*)\.js$/, 'lib$1.ts')),
  ...LOADED_BY_PATH,
];
