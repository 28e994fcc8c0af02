// Mutation testing, by hand: `npx stryker run`. Takes hours on two cores for everything; `--mutate lib/file-id.ts` takes minutes.
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'jest',
  coverageAnalysis: 'perTest',
  mutate: ['lib/delivery/**/*.ts', 'lib/headers.ts', 'lib/file-id.ts', 'lib/transfer.ts'],
  ignoreStatic: true,
  jest: {
    configFile: 'jest.config.js',
    enableFindRelatedTests: false,
    // The quick suites that are about these files: the long ones would be run anew for every surviving mutant.
    config: {
      testMatch: [
        '**/__tests__/unit/*.test.ts',
        '**/__tests__/contract/*.test.ts',
        '**/__tests__/relay/*.test.ts',
        '**/__tests__/buffered/*.test.ts',
        '**/__tests__/faults/{bodies,clients,connecting,ids,limits,redirects,responses}.test.ts',
      ],
      coverageThreshold: undefined,
    },
  },
  // A mutant that hangs is one that a test noticed.
  timeoutMS: 20_000,
  timeoutFactor: 2,
  concurrency: 2,
  reporters: ['progress', 'clear-text', 'html', 'json'],
  // Stryker would read it with the compiler's API, which TypeScript 7 does not have; a file that is not there is not read.
  tsconfigFile: 'no-tsconfig.json',
  tempDirName: '.stryker-tmp',
  cleanTempDir: 'always',
  thresholds: { high: 90, low: 80, break: null },
};
