/** Run by Jest before all tests: compiles what a thread runs, which cannot take the sources. */
import { globSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';
import { COMPILED } from './worker-file';

const SOURCES = join(__dirname, '..', '..', 'lib');

/** Compiles what the thread for long lines runs, and all that it may import, before any test. */
export default async function compileWorker(): Promise<void> {
  for (const name of globSync('**/*.ts', { cwd: SOURCES })) {
    const { code } = await transformFile(join(SOURCES, name), {
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    const compiled = join(COMPILED, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(compiled), { recursive: true });
    await writeFile(compiled, code);
  }
}
