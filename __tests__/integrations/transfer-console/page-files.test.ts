import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { layOutPackage } from '../../support/built-package';

const FOLDER = join(__dirname, '../../../lib/integrations/transfer-console/page');

const PROGRAM = `
import express from 'express';
import { bufferedProvider, createFileContent } from 'express-file-content';
import { transferConsole } from 'express-file-content/console';

const provider = bufferedProvider({ name: 'demo', fetchContent: () => ({ body: Buffer.from('content') }) });
const files = createFileContent({ resolveProvider: () => provider });
const server = express().use(transferConsole(files)).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const served = {};
for (const name of process.argv.slice(2)) {
  const path = name === 'index.html' ? '' : name;
  served[name] = await (await fetch('http://127.0.0.1:' + server.address().port + '/' + path)).text();
}
console.log(JSON.stringify(served));
process.exit();
`;

it('the built package serves each file of the page byte for byte, and needs none of them on disk', async () => {
  await using built = await layOutPackage();
  const program = join(built.directory, 'page.mjs');
  await writeFile(program, PROGRAM);
  const files = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')] as const);
  expect(files.length).toBeGreaterThan(3);
  const names = files.map(([name]) => name);
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...names], { cwd: built.directory });
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(files));
});
