import { join } from 'node:path';

/** The file that the conversion thread runs. */
export const WORKER_FILE = join(__dirname, 'conversion-worker.js');
