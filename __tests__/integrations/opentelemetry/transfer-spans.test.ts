import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';

const CONTENT = Buffer.alloc(300_000, 'content ');
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
});
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

function tree(): string[] {
  const spans = exporter.getFinishedSpans();
  const depth = (span: ReadableSpan): number => {
    const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
    return parent === undefined ? 0 : depth(parent) + 1;
  };
  return [...spans]
    .sort((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
    .map(
      (span) => `${'  '.repeat(depth(span))}${SpanKind[span.kind]} ${span.name} ${SpanStatusCode[span.status.code]}`,
    );
}

describe('openTelemetry', () => {
  it('writes a span for a transfer and its steps', async () => {
    await using origin = await fakeProvider({ files: { 'file-1': CONTENT } }).then((fake) => ({
      origin: fake.origin,
      [Symbol.asyncDispose]: () => fake.close(),
    }));
    await using gateway = await startGateway({ upstream: origin.origin, logger: openTelemetry() });
    await fetch(`${gateway.origin}/v1/files/file-1/content`).then((response) => response.arrayBuffer());
    await gateway.recorded(1);
    expect(tree()).toEqual([
      'SERVER GET /v1/files/:file_id/content UNSET',
      '  INTERNAL resolve provider UNSET',
      '  INTERNAL locate file UNSET',
      '  CLIENT GET UNSET',
    ]);
  });
});
