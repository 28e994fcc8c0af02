import { join } from 'node:path';

/** Where the sources that the thread for long lines runs are compiled to, once for a run of all tests. */
export const WORKER_DIRECTORY = join(__dirname, '..', '..', 'node_modules', '.cache', 'express-file-content', 'worker');

/** In the place of the source of that name. */
export const WORKER_FILE = join(WORKER_DIRECTORY, 'conversion-worker.js');
