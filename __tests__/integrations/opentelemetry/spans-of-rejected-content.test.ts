import { openaiCompatible } from '../../../lib/index';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';
import { spans, traceTests, tree } from '../../support/tracing';

traceTests();

it('a file over the limit of bytes is an error in both spans', async () => {
  await using fake = await fakeProvider({ files: { 'file-1': Buffer.alloc(50_000, 'content ') } });
  await using gateway = await startGateway({
    upstream: fake.origin,
    logger: openTelemetry(),
    limits: { maxBytes: 10 },
  });
  await fetch(`${gateway.origin}/v1/files/file-1/content`).then((response) => response.text());
  await gateway.recorded(1);
  expect(tree()).toEqual([
    'GET /v1/files/:file_id/content 502 too_large ERROR',
    '  resolve provider',
    '  locate file',
    '  GET 200 too_large ERROR',
  ]);
});

it('a redirect that is refused ends its request with an error, and its URL is in no span', async () => {
  const location = 'http://127.0.0.1:9/moved?signature=secret';
  await using moving = await fakeProvider({ respond: (_req, res) => res.writeHead(302, { location }).end() });
  const provider = openaiCompatible({ name: 'moving', baseURL: moving.baseURL, apiKey: 'k' });
  await using gateway = await startGateway({ logger: openTelemetry(), resolveProvider: () => provider });
  await fetch(`${gateway.origin}/v1/files/file-1/content`).then((response) => response.text());
  await gateway.recorded(1);
  expect(tree()).toEqual([
    'GET /v1/files/:file_id/content 502 provider_invalid_response ERROR',
    '  resolve provider',
    '  locate file',
    '  GET 302 provider_invalid_response ERROR',
  ]);
  expect(JSON.stringify(spans().map(({ attributes, status }) => [attributes, status]))).not.toMatch(/secret|moved/);
});
