import type { Registry } from 'prom-client';
import type { LoggingAdapter } from '../transfer/record';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';
import { requirePeer } from '../values/optional-peer';
import { optionalList, optionalText, readOptions, requireOneOf } from '../values/read-options';
import { ASKED_LABELS, METRICS, type Metric, type MetricName, measureTransfers } from './transfer-measures';

/** A label that {@link prometheusMetrics} adds only if asked for, because it can have any number of values. */
export type PrometheusLabel = 'fileId' | 'tenant';

/** Options of {@link prometheusMetrics}. */
export interface PrometheusMetricsOptions {
  /** The registry that the metrics are added to. Defaults to the default registry of `prom-client`. */
  readonly register?: Registry | undefined;
  /** The prefix of the name of every metric. Defaults to `file_content_`. */
  readonly prefix?: string | undefined;
  /**
   * Labels to add to `transfers_total` and `bytes_sent_total`. Each value makes new time series, so add only labels
   * with few values. Defaults to none.
   */
  readonly labels?: readonly PrometheusLabel[] | undefined;
}

const FACTORY = 'prometheusMetrics';
const PREFIX = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/**
 * Creates a logging adapter that counts transfers in metrics of `prom-client` 15. A download that was cut off has the
 * status `incomplete`, not 200.
 *
 * Routers that share a registry share the metrics.
 *
 * @throws TypeError for a wrong option, and where the registry has a metric of the same name with other labels
 * @throws Error if `prom-client` is not installed
 * @see https://prometheus.io/docs/practices/naming/
 *
 * @example
 * import { register } from 'prom-client';
 * app.use('/v1', createFileContentRouter({ resolveProvider, logger: prometheusMetrics() }));
 * app.get('/metrics', async (_req, res) => res.type(register.contentType).send(await register.metrics()));
 */
export function prometheusMetrics(options: PrometheusMetricsOptions = {}): LoggingAdapter {
  const given = readOptions<PrometheusMetricsOptions>(FACTORY, options, { register: true, prefix: true, labels: true });
  const asked = optionalList(FACTORY, 'labels', given.labels);
  for (const label of asked) requireOneOf(FACTORY, 'labels', label, Object.keys(ASKED_LABELS));
  const add = createMetrics(given.register, parsePrefix(given.prefix), asked);
  return Object.freeze<LoggingAdapter>(measureTransfers((name, value, labels) => add[name](value, labels), asked));
}

type Add = (value: number, labels: Readonly<Record<string, string>>) => void;

function createMetrics(
  given: Registry | undefined,
  prefix: string,
  asked: readonly PrometheusLabel[],
): Record<MetricName, Add> {
  const client = requirePeer(FACTORY, 'prom-client', (): typeof import('prom-client') => require('prom-client'));
  const register = given ?? client.register;
  if (typeof register.getSingleMetric !== 'function') {
    throw invalidOption(FACTORY, 'register', 'a Registry of prom-client', describeKind(register));
  }

  /** Makes a metric, unless another router has put the same one into the registry. */
  function shared<T extends object>(
    { help, labels, isDetailed }: Metric,
    suffix: string,
    make: (configuration: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => T,
  ): T {
    const name = `${prefix}${suffix}`;
    const labelNames = [...(isDetailed ? asked.map((label) => ASKED_LABELS[label]) : []), ...labels];
    const found: object | undefined = register.getSingleMetric(name);
    if (found === undefined) return make({ name, help, labelNames, registers: [register] });
    if (`${Reflect.get(found, 'labelNames')}` === `${labelNames}`) return found as T;
    const problem = `the registry has another metric ${name}; write another "prefix" or the same "labels"`;
    throw mistake(FACTORY, problem, 'conflicting-options');
  }

  function adder(metric: Metric): Add {
    const { kind, name, buckets = [] } = metric;
    if (kind === 'histogram') {
      const histogram = shared(
        metric,
        `${name}_seconds`,
        (it) => new client.Histogram({ ...it, buckets: [...buckets] }),
      );
      return (value, labels) => histogram.observe(labels, value);
    }
    const counter =
      kind === 'gauge'
        ? shared(metric, name, (it) => new client.Gauge(it))
        : shared(metric, `${name}_total`, (it) => new client.Counter(it));
    return (value, labels) => counter.inc(labels, value);
  }

  const adders = Object.entries(METRICS).map(([name, metric]) => [name, adder(metric)]);
  return Object.fromEntries(adders) as Record<MetricName, Add>;
}

function parsePrefix(given: string | undefined): string {
  const prefix = optionalText(FACTORY, 'prefix', given) ?? 'file_content_';
  if (!PREFIX.test(prefix)) {
    throw invalidOption(FACTORY, 'prefix', 'letters, digits, underscores and colons', JSON.stringify(prefix));
  }
  return prefix;
}
