import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';
import { spans, traceTests } from '../../support/tracing';

traceTests();

type Propagate = Parameters<typeof openTelemetry>[0] extends infer O | undefined
  ? O extends { propagate?: infer P }
    ? P
    : never
  : never;

describe.each(['stream', 'buffer'] as const)('by %s', (delivery) => {
  it.each<[string, Propagate, boolean]>([
    ['no provider gets the trace context by default', undefined, false],
    ['no provider gets it with false', false, false],
    ['every provider gets it with true', true, true],
    ['a provider whose origin the function refuses does not get it', () => false, false],
    ['a provider whose origin the function accepts gets it', (origin) => origin.startsWith('http://127.0.0.1:'), true],
    [
      'a provider gets nothing if the function throws',
      () => {
        throw new Error('no list');
      },
      false,
    ],
  ])('%s', async (_name, propagate, isSent) => {
    jest.spyOn(console, 'error').mockImplementation(() => {});
    await using fake = await fakeProvider({ files: { 'file-1': 'content' } });
    await using gateway = await startGateway({ upstream: fake.origin, delivery, logger: openTelemetry({ propagate }) });
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' };
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { headers });
    expect(await response.text()).toBe('content');
    await gateway.recorded(1);
    const request = spans().at(-1)?.spanContext();
    const sent = isSent ? `00-${request?.traceId}-${request?.spanId}-01` : undefined;
    expect(fake.requests[0]?.headers['traceparent']).toBe(sent);
    expect(fake.requests[0]?.headers['tracestate']).toBeUndefined();
  });
});
