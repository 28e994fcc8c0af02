/** Run by Jest before all tests: what runs in a thread or a process of its own cannot take the sources. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUILT } from './worker-file';

const JOIN_MODULES = join(__dirname, '..', '..', 'scripts', 'join-modules.mts');

/** Compiles `lib` as it is published, once for all tests, over what another run in this clone may be reading. */
export default async function buildOnce(): Promise<void> {
  await promisify(execFile)(process.execPath, [JOIN_MODULES, BUILT]);
}
