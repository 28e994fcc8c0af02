/** Type-checks pieces of code as modules of their own, with the project's strict settings. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Fence } from './code-fences';

const ROOT = join(__dirname, '../..');

/**
 * Compiles them together, which takes as long as one.
 *
 * @param name of the directory in `reports`, within the project so that packages are found
 * @param prelude a file of `__tests__/docs` with what the code takes from around it
 * @returns the compiler's errors, each with the place of the code
 */
export async function compileModules(name: string, modules: readonly Fence[], prelude: string): Promise<string[]> {
  const directory = join(ROOT, 'reports', name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(ROOT, '__tests__/docs', prelude), join(directory, 'prelude.d.ts'));
  const up = relative(directory, ROOT);
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.check.json'), 'utf8'));
  const paths = Object.entries<string[]>(compilerOptions.paths).map(([from, to]) => [
    from,
    to.map((path) => join(up, path)),
  ]);
  const config = {
    extends: `${up}/tsconfig.check.json`,
    compilerOptions: {
      rootDir: up,
      noUnusedLocals: false,
      noUnusedParameters: false,
      paths: Object.fromEntries(paths),
    },
    include: ['*.mts', 'prelude.d.ts'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  for (const [index, { code }] of modules.entries()) {
    writeFileSync(join(directory, `module-${index}.mts`), `${code}\nexport {};\n`);
  }
  const output = await compile(directory);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line.replace(/^.*?module-(\d+)\.mts/, (whole, index: string) => modules[Number(index)]?.place ?? whole),
    );
}

function compile(directory: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', directory, '--pretty', 'false'], { cwd: ROOT }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}
