it('@opentelemetry/api is not loaded by the package itself', () => {
  jest.resetModules();
  const load = jest.fn(() => ({}));
  jest.doMock('@opentelemetry/api', load);
  require('../../../lib/index');
  require('../../../lib/integrations/opentelemetry');
  expect(load).not.toHaveBeenCalled();
});

describe('openTelemetry refuses', () => {
  const { openTelemetry } = jest.requireActual<typeof import('../../../lib/integrations/opentelemetry')>(
    '../../../lib/integrations/opentelemetry',
  );

  it.each<[unknown, string]>([
    [{ tracer: {} }, 'tracer'],
    [{ meter: { createCounter: 7 } }, 'meter'],
    [{ propagate: 'yes' }, 'propagate'],
    [{ attributes: ['fileID'] }, 'fileId'],
    [{ propogate: true }, 'propagate'],
  ])('%j', (options, named) => {
    expect(() => openTelemetry(options as object)).toThrow(TypeError);
    expect(() => openTelemetry(options as object)).toThrow(named);
  });
});
