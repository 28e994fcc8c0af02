import { openaiCompatible, s3 } from '../../../lib/index';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider, recordingAdapter } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';
import { startLinkGateway } from '../../support/link-gateway';
import { spans, traceTests, tree } from '../../support/tracing';

traceTests();

const everything = (): string =>
  JSON.stringify(spans().map(({ name, attributes, status, events }) => [name, attributes, status, events]));

it('a client that is sent to the store has a span without a request, and without the signed URL', async () => {
  const provider = s3({
    region: 'us-east-1',
    bucket: 'bucket',
    baseURL: 'https://store.example',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret-key-of-s3' },
  });
  await using gateway = await startGateway({
    logger: openTelemetry(),
    resolveProvider: () => ({ provider, delivery: 'redirect' }),
  });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { redirect: 'manual' });
  await gateway.recorded(1);
  expect(response.status).toBe(302);
  expect(tree()).toEqual(['GET /v1/files/:file_id/content 302', '  resolve provider', '  locate file']);
  const signature = /X-Amz-Signature=(\w+)/.exec(`${response.headers.get('location')}`)?.[1] ?? 'none';
  expect(signature).toMatch(/^[\da-f]{64}$/);
  expect(everything()).not.toContain(signature);
});

it('the span of a content link is named after its route, without the token', async () => {
  await using fake = await fakeProvider({ files: { 'file-1': 'content' } });
  const provider = openaiCompatible({ name: 'held', baseURL: fake.baseURL, apiKey: 'k' });
  const log = recordingAdapter();
  await using gateway = await startLinkGateway(() => provider, { logger: [openTelemetry(), log] });
  const token = gateway.links.sign({ provider: 'held', fileId: 'file-1', expiresInSeconds: 60 });
  const response = await fetch(`${gateway.origin}/d/${token}`);
  expect(await response.text()).toBe('content');
  await log.finished(1);
  expect(everything()).not.toContain(token);
  expect(tree()).toEqual(['GET /d/:token 200', '  resolve provider', '  locate file', '  GET 200']);
});
