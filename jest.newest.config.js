const base = require('./jest.config');

/**
 * The invariants, the faults and both deliveries on the newest http-proxy-middleware, httpxy and axios that the
 * package's ranges allow. `.ci/newest-engine/install.mjs` installs them.
 */
module.exports = {
  ...base,
  resolver: '<rootDir>/.ci/newest-engine/resolver.cjs',
  testMatch: ['contract', 'delivery/buffered', 'delivery/streaming', 'faults', 'upstream'].map(
    (folder) => `**/__tests__/${folder}/**/*.test.ts`,
  ),
  // Of load, of browsers and of other processes: none of them depends on a patch of these libraries. The test of the
  // versions lays out installations of its own.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/__tests__/delivery/streaming/engine-version\\.test\\.ts',
    '<rootDir>/__tests__/faults/(?:browser|child-process|large-file|load|oracles|process|soak)\\.test\\.ts',
  ],
};
