import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSupportedNode } from '../../../lib/integrations/cli/node-version';

const { engines } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));

// The check cannot use semver, because it must run on a Node that is too old for dependencies.
test('the versions that the command line accepts are those of package.json', () => {
  expect(engines.node).toBe('^22.15.0 || ^24.0.0 || >=26.0.0');
});

test.each(['22.15.0', '22.99.1', '24.0.0', '24.21.0', '26.0.0', '27.1.0', process.versions.node])(
  'accepts %s',
  (version) => {
    expect(isSupportedNode(version)).toBe(true);
  },
);

test.each(['0.10.48', '8.17.0', '18.20.8', '20.19.0', '22.14.0', '23.11.0', '25.9.0', '26.0.0-nightly20260101'])(
  'refuses %s',
  (version) => {
    expect(isSupportedNode(version)).toBe(false);
  },
);
