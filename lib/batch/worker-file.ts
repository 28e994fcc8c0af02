import { join } from 'node:path';

/** What the thread for long lines runs. */
export const WORKER_FILE = join(__dirname, 'conversion-worker.js');
