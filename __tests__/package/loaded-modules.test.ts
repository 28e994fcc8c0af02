import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuiltPackage, layOutPackage } from '../support/built-package';

const manifest: {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  exports: Record<string, { default?: string }>;
} = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));

/** The subpaths as they are imported. */
const ENTRIES = Object.entries(manifest.exports)
  .filter(([, { default: file }]) => file !== undefined)
  .map(([subpath]) => `express-file-content${subpath.slice(1)}`);

/** Dependencies that loading the package may load. The others wait until they are needed. */
const LOADED_AT_ONCE = ['content-disposition', 'fresh', 'ipaddr.js', 'mime-types', 'range-parser'];

const LAZY = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
  (name) => name !== 'express' && !LOADED_AT_ONCE.includes(name),
);

let built: BuiltPackage;

beforeAll(async () => {
  built = await layOutPackage();
});

afterAll(() => built[Symbol.asyncDispose]());

async function run(name: string, source: string, ...flags: string[]): Promise<string> {
  const file = join(built.directory, name);
  await writeFile(file, source);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { cwd: built.directory });
  return stdout;
}

test.each(ENTRIES)('%s loads few files, and no dependency that can wait', async (entry) => {
  const stdout = await run(
    'loaded.cjs',
    `require('express');
    const before = new Set(Object.keys(require.cache));
    require(${JSON.stringify(entry)});
    console.log(JSON.stringify(Object.keys(require.cache).filter((file) => !before.has(file))));`,
  );
  const files: string[] = JSON.parse(stdout);
  const own = files.filter((file) => file.includes(`${built.directory}/node_modules/express-file-content/`));
  const lazy = LAZY.filter((name) => files.some((file) => file.includes(`/node_modules/${name}/`)));
  expect(lazy).toEqual([]);
  // Three hundred modules of their own take more than twice the time.
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBeLessThanOrEqual(20);
});

test('import and require give the same objects, and subpaths share the classes of the root', async () => {
  const stdout = await run(
    'identity.mjs',
    `import { createRequire } from 'node:module';
    import * as imported from 'express-file-content';
    import { fakeProvider } from 'express-file-content/testing';
    const required = createRequire(import.meta.url)('express-file-content');
    // Node 22 cannot write this with "await using".
    const provider = await fakeProvider({ files: {} });
    const files = imported.createFileContent({});
    const openai = imported.openai({ apiKey: 'k', baseURL: provider.baseURL });
    const opened = files.open({ provider: openai, fileId: 'file-1' });
    const error = await opened.catch((reason) => reason);
    await files.close();
    await provider.close();
    console.log(JSON.stringify({
      same: Object.keys(required).every((name) => required[name] === imported[name]),
      count: Object.keys(required).length,
      isOwnClass: error instanceof required.FileContentError,
      code: error.code,
    }));`,
  );
  expect(JSON.parse(stdout)).toEqual({
    same: true,
    count: expect.any(Number),
    isOwnClass: true,
    code: 'file_not_found',
  });
});

test('stack traces name the sources with --enable-source-maps', async () => {
  const stdout = await run(
    'traced.cjs',
    `const { openai } = require('express-file-content');
    try { openai({}); } catch (error) { console.log(error.stack); }`,
    '--enable-source-maps',
  );
  expect(stdout).toMatch(/at openai \(.*lib\/providers\/openai\.ts:\d+:\d+\)/);
});
