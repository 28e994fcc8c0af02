import type { Context, Tracer } from '@opentelemetry/api';
import type { StepEnd, TransferArrival, TransferObserver, TransferStep } from '../transfer/observers/observer';
import { unpolluted } from '../values/polluted-prototype';
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
import { serverSpanOf } from './opentelemetry-server-span';

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
 * The key of OpenTelemetry's SDK for a context without tracing. The API does not export it; the package
 * `@opentelemetry/core` makes it with the same text.
 *
 * @see https://github.com/open-telemetry/opentelemetry-js/tree/main/packages/opentelemetry-core/src/trace
 */
const SUPPRESS_TRACING = 'OpenTelemetry SDK Context Key SUPPRESS_TRACING';

/**
 * Begins the span of a transfer. Inside a server span, as the HTTP instrumentation makes one, it is a part of the
 * server's work; without one, it is the server span itself.
 */
export function observeTransfer(settings: SpanSettings, given: TransferArrival): TransferObserver {
  const arrival = unpolluted(given);
  const { api, tracer } = settings;
  const parent = api.context.active();
  const server = serverSpanOf(api, parent);
  const unname = server?.name(arrival.route);
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
    run: (work) => api.context.with(context, work),
    failed(given) {
      const { status, outcome, error } = unpolluted(given);
      // The status is that of a success, and the span ends before the record is made.
      if (arrival.hasClient && status !== undefined) server?.fail(transferError({ status, outcome, error }));
    },
    step(step) {
      endResolve?.();
      endResolve = undefined;
      const observer = observeStep(settings, context, unpolluted(step));
      if (step.kind !== 'resolve') return observer;
      return {
        ...observer,
        ended(end) {
          const endedAt = performance.now();
          endResolve = () => observer.ended(end, endedAt);
        },
      };
    },
    ended(given) {
      // A request that the resolver declined is no transfer, and its span is not exported.
      if (given === undefined) {
        unname?.();
        return;
      }
      endResolve?.();
      const record = unpolluted(given);
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
    ended(given: StepEnd, endedAt?: number) {
      const end = unpolluted(given);
      span.setAttributes(responseAttributes(end));
      setError(api, span, stepError(end));
      span.end(endedAt);
    },
  };
}

const NAMES = { resolve: 'resolve provider', locate: 'locate file', function: 'call provider function' } as const;
