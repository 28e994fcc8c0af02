import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, 'page');

/** The texts of the files of the page by their names. In the package they stand here: `scripts/join-modules.mts`. */
export const PAGE_FILES: Readonly<Record<string, string>> = Object.freeze(
  Object.fromEntries(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')])),
);
