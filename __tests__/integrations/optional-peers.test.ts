/** Makes an adapter as if its package failed to load. */
function makeWith(packageName: string, failure: Error, make: () => unknown): () => unknown {
  jest.resetModules();
  jest.doMock(packageName, () => {
    throw failure;
  });
  return make;
}

const INTEGRATIONS = [
  [
    'prometheusMetrics',
    'prom-client',
    () => {
      const {
        prometheusMetrics,
      }: typeof import('../../lib/integrations/prometheus') = require('../../lib/integrations/prometheus');
      return prometheusMetrics();
    },
  ],
  [
    'openTelemetry',
    '@opentelemetry/api',
    () => {
      const {
        openTelemetry,
      }: typeof import('../../lib/integrations/opentelemetry') = require('../../lib/integrations/opentelemetry');
      return openTelemetry();
    },
  ],
] as const;

afterEach(() => {
  jest.resetModules();
  for (const [, packageName] of INTEGRATIONS) jest.dontMock(packageName);
});

it.each(INTEGRATIONS)('%s without %s says what to install', (factory, packageName, make) => {
  const failure = Object.assign(new Error(`Cannot find module '${packageName}'`), { code: 'MODULE_NOT_FOUND' });
  expect(makeWith(packageName, failure, make)).toThrow(
    `${factory} needs the package ${packageName}: npm install ${packageName}`,
  );
});

it.each(INTEGRATIONS)('%s does not take a failure inside %s for its absence', (_factory, packageName, make) => {
  expect(makeWith(packageName, new Error('broken installation'), make)).toThrow('broken installation');
});
