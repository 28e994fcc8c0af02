/** Where the compiled thread is: it stands in for the file of that name in lib, see jest.config.js. */
import { join } from 'node:path';

/** Where `lib` is compiled to for the thread for long lines, once for a run of all tests. */
export const COMPILED = join(__dirname, '..', '..', 'node_modules', '.cache', 'express-file-content', 'lib');

/** In the place of the source of that name. */
export const WORKER_FILE = join(COMPILED, 'batch', 'conversion', 'conversion-worker.js');
