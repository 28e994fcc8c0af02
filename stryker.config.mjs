import { globSync } from 'node:fs';
import { basename } from 'node:path';

// Mutation testing, by hand: `npx stryker run --mutate lib/delivery/client/pump.ts`, or several files with commas.
// Files that have suites of their own name are judged by those alone, which takes a minute or two each; what survives
// there may still be noticed by another suite. Without `--mutate` everything is judged by all quick suites, which takes
// many hours on two cores.

const QUICK = [
  '**/__tests__/{batch,http,transfer,upstream,values}/**/*.test.ts',
  '**/__tests__/delivery/**/*.test.ts',
  '**/__tests__/contract/*.test.ts',
  '**/__tests__/faults/{bodies,clients,connecting,ids,limits,redirects,responses}.test.ts',
];

/** The suites of the files that the command line names, or the quick ones where any of these has none. */
function suites() {
  const at = process.argv.findIndex((argument) => argument === '--mutate' || argument === '-m');
  const named = at === -1 ? [] : (process.argv[at + 1] ?? '').split(',');
  const own = named.map((file) => globSync(`__tests__/**/${basename(file, '.ts')}.test.ts`));
  const isComplete = own.length > 0 && own.every((found) => found.length > 0);
  return isComplete ? own.flat().map((suite) => `**/${suite}`) : QUICK;
}

const testMatch = suites();

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'jest',
  coverageAnalysis: 'perTest',
  mutate: ['lib/delivery/**/*.ts', 'lib/http/*-headers.ts', 'lib/http/file-id.ts', 'lib/transfer/transfer.ts'],
  ignoreStatic: true,
  jest: {
    configFile: 'jest.config.js',
    enableFindRelatedTests: false,
    config: {
      testMatch,
      coverageThreshold: undefined,
      // One hanging test is enough to notice a mutant; Jest goes on to the next one of the suite all the same.
      testTimeout: testMatch === QUICK ? 10_000 : 2_000,
    },
  },
  // A mutant that hangs is one that a test noticed.
  timeoutMS: testMatch === QUICK ? 20_000 : 7_000,
  timeoutFactor: 2,
  concurrency: 2,
  reporters: ['progress', 'clear-text', 'html', 'json'],
  // Stryker would read it with the compiler's API, which TypeScript 7 does not have; a file that is not there is not
  // read.
  tsconfigFile: 'no-tsconfig.json',
  tempDirName: '.stryker-tmp',
  cleanTempDir: 'always',
  thresholds: { high: 90, low: 80, break: null },
};
