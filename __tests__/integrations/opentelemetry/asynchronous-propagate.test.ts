import type { LoggingAdapter } from '../../../lib/index';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';

it('a "propagate" that returns a promise is reported, and its rejection does not end the process', async () => {
  const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  await using provider = await fakeProvider({ files: { 'file-1': 'content' } });
  const options = { propagate: () => Promise.reject(new Error('no rule')) };
  // As JavaScript may write it: the type asks for a boolean.
  const logger: LoggingAdapter = Reflect.apply(openTelemetry, undefined, [options]);
  await using gateway = await startGateway({ upstream: provider.origin, logger });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
  expect(await response.text()).toBe('content');
  expect(printed.mock.calls.flat()).toContainEqual(expect.stringContaining('propagate() must return true or false'));
  printed.mockRestore();
});
