import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import type { StepEnd, TransferArrival, TransferObserver, TransferStep } from '../transfer/observers/observer';
import { isSuccess } from '../transfer/outcome';
import type { TransferRecord } from '../transfer/record';
import { secondsOf } from '../values/duration';

type Api = typeof import('@opentelemetry/api');

/** What the spans of one adapter have in common. */
export interface SpanSettings {
  readonly api: Api;
  readonly tracer: Tracer;
  /** Whether the trace context is sent to the provider at this origin. */
  readonly propagates: (origin: string) => boolean;
  /** The attributes that are added on request. */
  readonly asked: readonly ('fileId' | 'tenant')[];
}

/**
 * The keys of OpenTelemetry's SDK for the route of the current HTTP server span and for a context without tracing. The
 * API does not export them; the package `@opentelemetry/core` makes them with the same texts.
 *
 * @see https://github.com/open-telemetry/opentelemetry-js/tree/main/packages/opentelemetry-core/src/trace
 */
const RPC_METADATA = 'OpenTelemetry SDK Context Key RPC_METADATA';
const SUPPRESS_TRACING = 'OpenTelemetry SDK Context Key SUPPRESS_TRACING';

/**
 * Begins the span of a transfer. Inside a server span, as the HTTP instrumentation makes one, it is a part of the
 * server's work; without one, it is the server span itself.
 */
export function observeTransfer(settings: SpanSettings, arrival: TransferArrival): TransferObserver {
  const { api, tracer } = settings;
  const parent = api.context.active();
  const { route, method, hasClient, transferId, resource } = arrival;
  const unname = nameServerSpan(api, parent, route);
  const around = api.trace.getSpan(parent)?.spanContext();
  const isServer = hasClient && (around === undefined || around.isRemote === true);
  const span = tracer.startSpan(
    hasClient ? `${method} ${route ?? resource}` : `open ${resource}`,
    {
      kind: isServer ? api.SpanKind.SERVER : api.SpanKind.INTERNAL,
      attributes: {
        'file_content.transfer.id': transferId,
        'file_content.resource': resource,
        ...(hasClient && { 'http.request.method': method }),
        ...(route !== undefined && { 'http.route': route }),
      },
    },
    parent,
  );
  const context = api.trace.setSpan(parent, span);
  /** Ends the resolver's span, which is exported only if the resolver has not declined. */
  let endResolve: (() => void) | undefined;
  return {
    step(step) {
      endResolve?.();
      endResolve = undefined;
      const observer = observeStep(settings, context, step);
      if (step.kind !== 'resolve') return observer;
      return {
        ...observer,
        ended(end) {
          const endedAt = performance.now();
          endResolve = () => observer.ended(end, endedAt);
        },
      };
    },
    ended(record) {
      // A request that the resolver declined is no transfer, and its span is not exported.
      if (record === undefined) {
        unname();
        return;
      }
      endResolve?.();
      span.setAttributes(attributesOf(record, settings.asked));
      if (hasClient) span.setAttribute('http.response.status_code', record.status);
      if (!isSuccess(record.outcome))
        fail(api, span, record.error ?? { code: record.outcome, message: '' }, isOfClient(record));
      span.end();
    },
  };
}

/** As of any server, a request that the client got wrong, or has left, is no error of the span. */
function isOfClient({ outcome, status }: TransferRecord): boolean {
  return outcome === 'client_aborted' || (status >= 400 && status < 500);
}

function observeStep({ api, tracer, propagates }: SpanSettings, context: Context, step: TransferStep) {
  const { kind, provider, method, origin, attempt = 1 } = step;
  const isRequest = kind === 'request';
  const span = tracer.startSpan(
    isRequest ? `${method}` : NAMES[kind],
    {
      kind: isRequest ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL,
      attributes: {
        ...(provider !== undefined && { 'file_content.provider': provider }),
        ...(isRequest && { 'http.request.method': `${method}`, ...serverOf(origin) }),
        ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
      },
    },
    context,
  );
  const inner = api.trace.setSpan(context, span);
  // The span stands for the HTTP request, and only `propagate` decides whether the provider learns of the trace.
  const running = isRequest ? inner.setValue(api.createContextKey(SUPPRESS_TRACING), true) : inner;
  return {
    run: (work: () => void) => api.context.with(running, work),
    headers() {
      const headers: Record<string, string> = {};
      if (origin !== undefined && propagates(origin)) api.propagation.inject(inner, headers);
      return headers;
    },
    ended({ status, error }: StepEnd, endedAt?: number) {
      if (status !== undefined) span.setAttribute('http.response.status_code', status);
      if (error !== undefined) {
        const code = status !== undefined && status >= 400 ? `${status}` : error.code;
        fail(api, span, { ...error, code }, error.code === 'client_aborted');
      }
      span.end(endedAt);
    },
  };
}

const NAMES = { resolve: 'resolve provider', locate: 'locate file', function: 'call provider function' } as const;

function serverOf(origin = ''): Attributes {
  const url = URL.parse(origin);
  if (url === null) return {};
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { 'server.address': url.hostname, 'server.port': port };
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status */
function fail(api: Api, span: Span, error: NonNullable<StepEnd['error']>, isOfClient: boolean): void {
  span.setAttribute('error.type', error.code);
  if (!isOfClient) span.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
}

function attributesOf(record: TransferRecord, asked: SpanSettings['asked']): Attributes {
  const { provider, via, delivery, bytesExpected, firstByteMs, upstreamStatus, upstreamRequestId, requestId } = record;
  return {
    'file_content.outcome': record.outcome,
    'file_content.complete': record.complete,
    'file_content.bytes_sent': record.bytesSent,
    'file_content.attempts': record.attempts,
    'file_content.resumes': record.resumes,
    ...(provider !== undefined && { 'file_content.provider': provider }),
    ...(delivery !== undefined && { 'file_content.delivery': delivery }),
    ...(via !== undefined && { 'file_content.via': via }),
    ...(bytesExpected !== undefined && { 'file_content.bytes_expected': bytesExpected }),
    ...(firstByteMs !== undefined && { 'file_content.first_byte': secondsOf(firstByteMs) }),
    ...(upstreamStatus !== undefined && { 'file_content.upstream.status_code': upstreamStatus }),
    ...(upstreamRequestId !== undefined && { 'file_content.upstream.request_id': upstreamRequestId }),
    ...(requestId !== undefined && { 'file_content.request_id': requestId }),
    ...(record.limitsUnchecked && { 'file_content.limits_unchecked': true }),
    ...(asked.includes('fileId') && { 'file_content.file_id': record.fileId }),
    ...(asked.includes('tenant') && record.tenant !== undefined && { 'file_content.tenant': record.tenant }),
  };
}

/**
 * Names the route for the HTTP instrumentation, which reads it from here for its server span and its metrics.
 *
 * @returns a function that takes the name back
 */
function nameServerSpan(api: Api, context: Context, route: string | undefined): () => void {
  const metadata: unknown = context.getValue(api.createContextKey(RPC_METADATA));
  if (route === undefined || typeof metadata !== 'object' || metadata === null) return () => {};
  const before: unknown = Reflect.get(metadata, 'route');
  Reflect.set(metadata, 'route', route);
  return () => void Reflect.set(metadata, 'route', before);
}
