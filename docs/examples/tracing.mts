// Traces of two downloads, one of which is cut off: node tracing.mts
import { SpanStatusCode } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

// The instrumentation must be registered before node:http is loaded, so the gateway is imported after it.
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
const instrumentation = new HttpInstrumentation({
  // The provider of this example runs in the same process, and is not to be traced.
  ignoreIncomingRequestHook: ({ headers }) => headers.authorization !== undefined,
});
instrumentation.setTracerProvider(provider);

const { default: express } = await import('express');
const { createFileContent, openaiCompatible } = await import('express-file-content');
const { openTelemetry } = await import('express-file-content/opentelemetry');
const { fakeProvider, recordingAdapter } = await import('express-file-content/testing');

const content = Buffer.alloc(1_000_000, 'content ');
const fake = await fakeProvider({
  files: { 'file-whole': content, 'file-cut': { content, fault: { kind: 'cut', afterBytes: 500_000, by: 'rst' } } },
});
const held = openaiCompatible({ name: 'example', baseURL: fake.baseURL, apiKey: 'key' });

const log = recordingAdapter();
const files = createFileContent({ resolveProvider: () => held, logger: [openTelemetry(), log] });
const app = express();
app.use('/v1', files.router);

const server = app.listen(0, '127.0.0.1', async () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const [index, id] of ['file-whole', 'file-cut'].entries()) {
    await fetch(`http://127.0.0.1:${port}/v1/files/${id}/content`)
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
    await log.finished(index + 1);
  }
  server.close();
  server.closeAllConnections();
  await fake.close();
  print(undefined, '');
});

/** Prints each span below its parent. */
function print(parent: string | undefined, indent: string): void {
  const spans = exporter.getFinishedSpans();
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  for (const span of spans) {
    const above = span.parentSpanContext?.spanId;
    const isRoot = above === undefined || !ids.has(above);
    if (parent === undefined ? !isRoot : above !== parent) continue;
    const { 'http.response.status_code': status = '', 'error.type': error = '' } = span.attributes;
    const failed = span.status.code === SpanStatusCode.ERROR ? 'ERROR' : '';
    console.log(`${indent}${[span.name, status, error, failed].filter((part) => part !== '').join(' ')}`);
    print(span.spanContext().spanId, `${indent}  `);
  }
}
