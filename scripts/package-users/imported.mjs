import { createRequire } from 'node:module';
import * as imported from 'express-file-content';
import { createFileContentRouter, FileContentError, isFileContentError } from 'express-file-content';
import { fakeProvider } from 'express-file-content/testing';

const required = createRequire(import.meta.url)('express-file-content');
for (const name of Object.keys(required)) {
  if (Reflect.get(imported, name) !== required[name]) throw new Error(`import: ${name} is missing or another one`);
}
if (typeof fakeProvider !== 'function') throw new Error('import: no fakeProvider');
if (!isFileContentError(new FileContentError('file_not_found', 'no'))) throw new Error('import: the guard fails');
if (typeof createFileContentRouter({ resolveProvider: () => undefined }) !== 'function')
  throw new Error('import: no router');
console.log(`import: ${Object.keys(required).length} names, the same as by require`);
