import type { Context, Tracer } from '@opentelemetry/api';
import type { StepEnd, TransferArrival, TransferObserver, TransferStep } from '../transfer/observers/observer';
import {
  type AskedAttribute,
  arrivalAttributes,
  recordAttributes,
  responseAttributes,
  serverAttributes,
  stepAttributes,
  transferSpanName,
} from './opentelemetry-attributes';
import { setError, statusSent, stepError, transferError } from './opentelemetry-errors';

type Api = typeof import('@opentelemetry/api');

/** What the spans of one adapter have in common. */
export interface SpanSettings {
  readonly api: Api;
  readonly tracer: Tracer;
  /** Whether the trace context is sent to the provider at this origin. */
  readonly propagates: (origin: string) => boolean;
  /** The attributes that are added on request. */
  readonly asked: readonly AskedAttribute[];
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
  const unname = nameServerSpan(api, parent, arrival.route);
  const around = api.trace.getSpan(parent)?.spanContext();
  const isServer = arrival.hasClient && (around === undefined || around.isRemote === true);
  const span = tracer.startSpan(
    transferSpanName(arrival),
    {
      kind: isServer ? api.SpanKind.SERVER : api.SpanKind.INTERNAL,
      attributes: { ...arrivalAttributes(arrival), ...(isServer && serverAttributes(arrival)) },
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
      span.setAttributes(recordAttributes(record, settings.asked));
      const status = statusSent(record);
      if (arrival.hasClient && status !== undefined) span.setAttribute('http.response.status_code', status);
      setError(api, span, transferError(record));
      span.end();
    },
  };
}

function observeStep({ api, tracer, propagates }: SpanSettings, context: Context, step: TransferStep) {
  const { kind, method, origin } = step;
  const isRequest = kind === 'request';
  const span = tracer.startSpan(
    isRequest ? `${method}` : NAMES[kind],
    { kind: isRequest ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL, attributes: stepAttributes(step) },
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
    ended(end: StepEnd, endedAt?: number) {
      span.setAttributes(responseAttributes(end));
      setError(api, span, stepError(end));
      span.end(endedAt);
    },
  };
}

const NAMES = { resolve: 'resolve provider', locate: 'locate file', function: 'call provider function' } as const;

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
