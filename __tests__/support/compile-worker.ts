import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { transformFile } from '@swc/core';
import { WORKER_DIRECTORY } from './worker-file';

const SOURCES = join(__dirname, '..', '..', 'lib', 'providers', 'batch-output');

/** Compiles what the thread for long lines runs, before any test. */
export default async function compileWorker(): Promise<void> {
  await mkdir(WORKER_DIRECTORY, { recursive: true });
  for (const name of await readdir(SOURCES)) {
    const { code } = await transformFile(join(SOURCES, name), {
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    await writeFile(join(WORKER_DIRECTORY, `${basename(name, '.ts')}.js`), code);
  }
}
