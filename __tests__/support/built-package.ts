/** The package as it is published, for tests that need a process of their own. */
import { copyFile, cp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary-directory';
import { BUILT } from './worker-file';

/** A directory where the package and its dependencies can be imported by their names. */
export interface BuiltPackage extends AsyncDisposable {
  readonly directory: string;
}

const ROOT = join(__dirname, '..', '..');

/** Lays the package out in a directory of its own: Node cannot run the sources as they are. */
export async function layOutPackage(): Promise<BuiltPackage> {
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
  await cp(BUILT, join(own, 'dist'), { recursive: true });
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
