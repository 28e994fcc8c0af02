import { SpanKind, trace } from '@opentelemetry/api';
import { openaiCompatible } from '../../../lib/index';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';
import { spans, traceTests, tree } from '../../support/tracing';

traceTests();

const holding = () => fakeProvider({ files: { 'file-1': Buffer.alloc(50_000, 'content ') } });

it('serve() has the name of the route of the application', async () => {
  await using fake = await holding();
  const provider = openaiCompatible({ name: 'held', baseURL: fake.baseURL, apiKey: 'k' });
  await using gateway = await startGateway({
    logger: openTelemetry(),
    after: (app) =>
      app.get('/downloads/:name', (req, res) => {
        void gateway.files.serve(req, res, { provider, fileId: 'file-1' });
      }),
  });
  await fetch(`${gateway.origin}/downloads/report`).then((response) => response.arrayBuffer());
  await gateway.recorded(1);
  expect(tree()).toEqual(['GET /downloads/:name 200', '  locate file', '  GET 200']);
  expect(spans()[0]?.attributes['http.route']).toBe('/downloads/:name');
});

it('open() is a part of what the caller does', async () => {
  await using fake = await holding();
  const provider = openaiCompatible({ name: 'held', baseURL: fake.baseURL, apiKey: 'k' });
  await using gateway = await startGateway({ logger: openTelemetry() });
  await trace.getTracer('job').startActiveSpan('job', async (job) => {
    const opened = await gateway.files.open({ provider, fileId: 'file-1' });
    for await (const _ of opened.body);
    job.end();
  });
  await gateway.recorded(1);
  expect(tree()).toEqual(['job', '  open files', '    locate file', '    GET 200']);
  expect(spans()[1]?.kind).toBe(SpanKind.INTERNAL);
});
