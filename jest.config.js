const { availableParallelism } = require('node:os');

const swc = [
  '@swc/jest',
  {
    jsc: { target: 'es2023', parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/**
 * Published as ES modules only. Node loads them with `require`; Jest does so only with an experimental flag, so it gets
 * them compiled.
 */
const esModules = ['http-proxy-middleware', 'httpxy', 'is-plain-obj', 'content-disposition', '@nestjs'];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Suites start servers, browsers and processes of their own: with more workers they would wait for each other.
  maxWorkers: Math.min(availableParallelism(), 4),
  globalSetup: '<rootDir>/__tests__/support/build-once.ts',
  // Without this, Jest takes every helper under __tests__ for a suite.
  testMatch: ['**/__tests__/**/*.test.ts'],
  transform: {
    '^.+\\.m?ts$': swc,
    [`/node_modules/(?:${esModules.join('|')})/.+\\.m?js$`]: swc,
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esModules.join('|')})/)`],
  moduleNameMapper: {
    // A thread cannot run the sources: it gets the package that globalSetup built.
    '/worker-file$': '<rootDir>/__tests__/support/worker-file.ts',
    // The documentation's examples import the package by its name.
    '^express-file-content$': '<rootDir>/lib/index.ts',
    '^express-file-content/console$': '<rootDir>/lib/integrations/console.ts',
    '^express-file-content/opentelemetry$': '<rootDir>/lib/integrations/opentelemetry.ts',
    '^express-file-content/prometheus$': '<rootDir>/lib/integrations/prometheus.ts',
    '^express-file-content/redis$': '<rootDir>/lib/integrations/redis.ts',
    '^express-file-content/testing$': '<rootDir>/lib/testing/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.stryker-tmp'],
  // Files of types alone have no code to cover; another thread's coverage is not seen.
  collectCoverageFrom: [
    'lib/**/*.ts',
    // Runs in processes of its own.
    '!lib/integrations/cli/{bin,main,signals}.ts',
    '!lib/options/{options,option-groups}.ts',
    '!lib/provider-contract/{contents,credential,requests}.ts',
    '!lib/resolution/resolution.ts',
    '!lib/routing/registry-options.ts',
    '!lib/transfer/{active-transfer,recipient,record,resolved-transfer}.ts',
    '!lib/transfer/observers/usage.ts',
    '!lib/transfer/shared-limits/limit-store.ts',
    '!lib/upstream/sender.ts',
    '!lib/values/optional.ts',
    '!lib/batch/conversion/conversion-worker.ts',
  ],
  coverageProvider: 'v8',
  coverageThreshold: { global: { lines: 95, branches: 95 } },
  // No test waits for time to pass; a machine under load may still take its time.
  testTimeout: 300_000,
};
