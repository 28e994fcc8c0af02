/** The package as it is published, for tests that need a process of their own. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from './temporary-directory';

/** A directory where the package, compiled from its sources, and its dependencies can be imported by their names. */
export interface BuiltPackage extends AsyncDisposable {
  readonly directory: string;
}

const ROOT = join(__dirname, '..', '..');

/**
 * Compiles `lib` as it is published, for tests that need a process of their own: Node cannot run the sources as they
 * are.
 */
export async function buildPackage(): Promise<BuiltPackage> {
  const directory = await temporaryDirectory('built-package');
  const modules = join(directory, 'node_modules');
  const own = join(modules, 'express-file-content');
  await mkdir(own, { recursive: true });
  const names = await readdir(join(ROOT, 'node_modules'));
  await Promise.all(
    names
      .filter((name) => !name.startsWith('.') && name !== 'express-file-content')
      .map((name) => symlink(join(ROOT, 'node_modules', name), join(modules, name))),
  );
  await copyFile(join(ROOT, 'package.json'), join(own, 'package.json'));
  const joinModules = join(ROOT, 'scripts', 'join-modules.mts');
  await promisify(execFile)(process.execPath, [joinModules, join(own, 'dist')]);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
