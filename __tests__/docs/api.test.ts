import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as main from '../../lib/index';
import * as prometheus from '../../lib/integrations/prometheus';
import * as redis from '../../lib/integrations/redis';
import * as testing from '../../lib/testing/index';

const docs = join(__dirname, '../../docs');
const reference = globSync('*.md', { cwd: docs }).map((page) => readFileSync(join(docs, page), 'utf8'));

test.each([main, testing, prometheus, redis].flatMap(Object.keys))('%s is in the reference', (name) => {
  expect(reference.some((page) => new RegExp(`\\b${name}\\b`).test(page))).toBe(true);
});
