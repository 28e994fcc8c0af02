/** Where the compiled thread is: it stands in for the file of that name in lib, see jest.config.js. */
import { join } from 'node:path';

/** Where the package is, as it is published: built before all tests. */
export const BUILT = join(__dirname, '..', '..', 'node_modules', '.cache', 'express-file-content', 'dist');

/** In the place of the source of that name. */
export const WORKER_FILE = join(BUILT, 'batch', 'conversion', 'conversion-worker.js');
