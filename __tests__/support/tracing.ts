/** The real SDK of OpenTelemetry, whose spans are kept in memory. */
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';

const exporter = new InMemorySpanExporter();
/** The ids of spans as they started: times are in milliseconds. */
const started: string[] = [];

const tracerProvider = new NodeTracerProvider({
  spanProcessors: [
    new SimpleSpanProcessor(exporter),
    {
      onStart: (span) => void started.push(span.spanContext().spanId),
      onEnd() {},
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  ],
});

/** Registers the SDK for the tests of a file. */
export function traceTests(): void {
  beforeAll(() => {
    tracerProvider.register({ contextManager: new AsyncLocalStorageContextManager() });
  });
  afterAll(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
  beforeEach(() => exporter.reset());
}

/** The spans that were exported, in the order in which they started. */
export function spans(): ReadableSpan[] {
  const order = new Map(started.map((id, index) => [id, index]));
  const at = (span: ReadableSpan): number => order.get(span.spanContext().spanId) ?? 0;
  return [...exporter.getFinishedSpans()].sort((a, b) => at(a) - at(b));
}

/** Each span as a line, below its parent: its name, the status of the response and what failed. */
export function tree(): string[] {
  const all = spans();
  const lines = (parent: string | undefined, depth: number): string[] =>
    all
      .filter(({ parentSpanContext: above }) =>
        parent === undefined
          ? !all.some((one) => one.spanContext().spanId === above?.spanId)
          : above?.spanId === parent,
      )
      .flatMap((span) => [`${'  '.repeat(depth)}${describe(span)}`, ...lines(span.spanContext().spanId, depth + 1)]);
  return lines(undefined, 0);
}

function describe({ name, attributes, status }: ReadableSpan): string {
  const parts = [name, attributes['http.response.status_code'], attributes['error.type']];
  if (status.code === SpanStatusCode.ERROR) parts.push('ERROR');
  return parts.filter((part) => part !== undefined).join(' ');
}
