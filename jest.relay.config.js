const base = require('./jest.config');

/** The same tests with every body on the relay path that has a known length, however small it is. */
module.exports = {
  ...base,
  moduleNameMapper: {
    ...base.moduleNameMapper,
    '/relay-bound$': '<rootDir>/__tests__/support/relay-everything.ts',
  },
  // Where bodies pass; elsewhere nothing would differ from the other runs.
  testMatch: ['**/__tests__/{contract,delivery,faults,file-content,fuzz,regressions}/**/*.test.ts'],
  // These choose their path themselves, or break a response off that would not be read on while it is queued.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/__tests__/delivery/relay/',
    '<rootDir>/__tests__/regressions/queued-response-that-fails\\.test\\.ts',
  ],
};
