/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Without this, Jest takes every helper under __tests__ for a suite.
  testMatch: ['**/__tests__/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    // The documentation's examples import the package by its name.
    '^express-file-content$': '<rootDir>/lib/index.ts',
    '^express-file-content/testing$': '<rootDir>/lib/testing/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.stryker-tmp'],
  collectCoverageFrom: ['lib/**/*.ts'],
  coverageProvider: 'v8',
  coverageThreshold: { global: { lines: 95, branches: 95 } },
  testTimeout: 20_000,
};
