/** A directory that goes with the test file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

// Whoever made one may remove it sooner; a test that fails does not come to that.
afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true }))));

/**
 * An empty directory, its name beginning with `name`. It is gone when the suite has ended, also where a test of it
 * failed.
 */
export async function temporaryDirectory(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  made.push(directory);
  return directory;
}
