import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_MODULE, writePageModule } from '../../support/page-files';

const FOLDER = join(__dirname, '../../../lib/integrations/transfer-console/page');

it('the published page is what its files say: UPDATE_PAGE=1 npx jest transfer-console/page-files', () => {
  const expected = writePageModule();
  if (process.env['UPDATE_PAGE'] === '1') writeFileSync(PAGE_MODULE, expected);
  expect(readFileSync(PAGE_MODULE, 'utf8')).toBe(expected);
});

it('holds each file byte for byte', () => {
  const { PAGE_FILES }: typeof import('../../../lib/integrations/transfer-console/page-files') = require(PAGE_MODULE);
  const files = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]);
  expect(PAGE_FILES).toEqual(Object.fromEntries(files));
});
