import type { Context, Span } from '@opentelemetry/api';
import { memberOf } from '../values/own-members';
import { type SpanError, setError } from './opentelemetry-errors';

type Api = typeof import('@opentelemetry/api');

/**
 * The key of OpenTelemetry's SDK for the route and the span of the current HTTP server. The API does not export it; the
 * package `@opentelemetry/core` makes it with the same text.
 *
 * @see https://github.com/open-telemetry/opentelemetry-js/tree/main/packages/opentelemetry-core/src/trace
 */
const RPC_METADATA = 'OpenTelemetry SDK Context Key RPC_METADATA';

/** The span of the HTTP instrumentation around a transfer. */
export interface ServerSpan {
  /** Names the route in the span and in the instrumentation's metrics. @returns a function that takes the name back */
  name(route: string | undefined): () => void;
  /** Marks the span of a download that is cut off: its status is that of a success. */
  fail(error: SpanError | undefined): void;
}

/** @returns undefined if no HTTP instrumentation made a span for this request */
export function serverSpanOf(api: Api, context: Context): ServerSpan | undefined {
  const metadata: unknown = context.getValue(api.createContextKey(RPC_METADATA));
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  return {
    name(route) {
      if (route === undefined) return () => {};
      const before: unknown = Reflect.get(metadata, 'route');
      Reflect.set(metadata, 'route', route);
      return () => void Reflect.set(metadata, 'route', before);
    },
    fail(error) {
      const span = memberOf(metadata, 'span');
      if (isSpan(span)) setError(api, span, error);
    },
  };
}

function isSpan(value: unknown): value is Span {
  if (typeof value !== 'object' || value === null) return false;
  return ['setAttribute', 'setStatus'].every((name) => typeof memberOf(value, name) === 'function');
}
