import type { Meter, Tracer } from '@opentelemetry/api';
import type { LoggingAdapter } from '../transfer/record';
import { describeKind } from '../values/describe-value';
import { invalidOption, invalidResult } from '../values/mistakes';
import { requirePeer } from '../values/optional-peer';
import { isThenable, memberOf } from '../values/own-members';
import { optionalList, readOptions, requireOneOf } from '../values/read-options';
import { errorLabels, otelMeasure } from './opentelemetry-metrics';
import { observeTransfer } from './opentelemetry-spans';
import { ASKED_LABELS, measureTransfers } from './transfer-measures';

/** An attribute that {@link openTelemetry} adds only if asked for, because it can have any number of values. */
export type OpenTelemetryAttribute = 'fileId' | 'tenant';

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Makes the spans. Defaults to the tracer `express-file-content` of the registered provider of tracers. */
  readonly tracer?: Tracer | undefined;
  /** Makes the metrics. Defaults to the meter `express-file-content` of the registered provider of meters. */
  readonly meter?: Meter | undefined;
  /**
   * Whether providers get the trace context, in the headers of the registered propagator such as `traceparent`: all,
   * none, or those whose origin a function accepts. The baggage is sent too if the propagator sends it. Defaults to
   * `false`.
   */
  readonly propagate?: boolean | ((origin: string) => boolean) | undefined;
  /**
   * Attributes to add to the spans of transfers and to the metrics `file_content.transfers` and
   * `file_content.bytes_sent`. Defaults to none.
   */
  readonly attributes?: readonly OpenTelemetryAttribute[] | undefined;
}

const FACTORY = 'openTelemetry';
const NAME = 'express-file-content';

/**
 * Creates a logging adapter that writes a span for each transfer, with a span for the resolver, each call of a
 * provider's function and each request to a provider, and measures transfers, with `@opentelemetry/api` 1. A download
 * that was cut off is an error in both, although its status was 200.
 *
 * Inside a server span, as the HTTP instrumentation makes one, the span is its child, and gives it the route's name.
 * The requests to providers are not traced a second time by the HTTP instrumentation.
 *
 * @throws TypeError for a wrong option
 * @throws Error if `@opentelemetry/api` is not installed
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 *
 * @example
 * app.use('/v1', createFileContentRouter({ resolveProvider, logger: openTelemetry() }));
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): LoggingAdapter {
  const given = readOptions<OpenTelemetryOptions>(FACTORY, options, {
    tracer: true,
    meter: true,
    propagate: true,
    attributes: true,
  });
  const asked = optionalList(FACTORY, 'attributes', given.attributes);
  for (const name of asked) requireOneOf(FACTORY, 'attributes', name, Object.keys(ASKED_LABELS));
  requireMember(given.tracer, 'tracer', 'startSpan', 'a Tracer of @opentelemetry/api');
  requireMember(given.meter, 'meter', 'createCounter', 'a Meter of @opentelemetry/api');
  const propagates = parsePropagate(given.propagate);
  const api = requirePeer(FACTORY, '@opentelemetry/api', (): typeof import('@opentelemetry/api') =>
    require('@opentelemetry/api'),
  );
  // A provider that is registered later is used as well: the API hands out proxies.
  const tracer = given.tracer ?? api.trace.getTracer(NAME);
  const meter = given.meter ?? api.metrics.getMeter(NAME);
  const settings = { api, tracer, propagates, asked };
  return Object.freeze<LoggingAdapter>({
    ...measureTransfers(otelMeasure(meter), asked, errorLabels),
    observe: (arrival) => observeTransfer(settings, arrival),
  });
}

function requireMember(value: object | undefined, option: string, member: string, expected: string): void {
  const isFit = typeof value === 'object' && value !== null && typeof memberOf(value, member) === 'function';
  if (value !== undefined && !isFit) throw invalidOption(FACTORY, option, expected, describeKind(value));
}

function parsePropagate(given: OpenTelemetryOptions['propagate'] = false): (origin: string) => boolean {
  if (typeof given === 'function') return (origin) => checkAnswer(given(origin));
  if (typeof given !== 'boolean') {
    throw invalidOption(FACTORY, 'propagate', 'true, false or a function', describeKind(given));
  }
  return () => given;
}

/** The headers are needed at once, so nothing waits for a promise. Unhandled, its rejection would end the process. */
function checkAnswer(answer: unknown): boolean {
  if (!isThenable(answer)) return answer === true;
  Promise.resolve(answer).catch(() => undefined);
  throw invalidResult(`${FACTORY}: propagate()`, 'true or false', describeKind(answer));
}
