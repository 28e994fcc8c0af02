/** Writes the module that holds the files of the console's page: the build publishes modules only. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../lib/integrations/transfer-console');
/** The module. */
export const PAGE_MODULE = join(FOLDER, 'page-files.ts');

const HEAD = `// Written from the files in \`page\`; change those, and then:
//   UPDATE_PAGE=1 npx jest transfer-console/page-files --coverage=false

/** The files of the page by their names. */
export const PAGE_FILES = Object.freeze({
`;

/** Returns what the module must contain. */
export function writePageModule(): string {
  const names = readdirSync(join(FOLDER, 'page')).sort();
  const files = names.map((name) => {
    const text = readFileSync(join(FOLDER, 'page', name), 'utf8').replace(/[\\`]|\$(?=\{)/g, '\\$&');
    return `  '${name}': \`${text}\`,\n`;
  });
  return `${HEAD}${files.join('')}});\n`;
}
