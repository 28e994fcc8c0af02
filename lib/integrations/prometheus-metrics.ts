import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BatchUsage } from '../transfer/observers/usage';
import type { LoggingAdapter, TransferRecord } from '../transfer/record';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';
import { optionalList, optionalText, readOptions, requireOneOf } from '../values/read-options';

/** A label that {@link prometheusMetrics} adds only if asked for, because it can have any number of values. */
export type PrometheusLabel = 'fileId' | 'tenant';

const LABEL_NAMES = { fileId: 'file_id', tenant: 'tenant' } as const satisfies Record<PrometheusLabel, string>;

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
/** Seconds: from a small file on the same network to half an hour for the largest. */
const DURATIONS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800];
const FIRST_BYTES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

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
  for (const label of asked) requireOneOf(FACTORY, 'labels', label, Object.keys(LABEL_NAMES));
  const metrics = createMetrics(given.register, parsePrefix(given.prefix), asked);
  const providers = new Map<string, string>();

  return Object.freeze<LoggingAdapter>({
    started({ transferId, provider }) {
      providers.set(transferId, provider);
      metrics.inFlight.inc({ provider });
    },
    finished(record) {
      const provider = providers.get(record.transferId);
      if (provider !== undefined) metrics.inFlight.dec({ provider });
      providers.delete(record.transferId);
      count(metrics, record, asked);
    },
  });
}

function count(metrics: Metrics, record: TransferRecord, asked: readonly PrometheusLabel[]): void {
  const { provider = 'none', via = 'none', resource, outcome, firstByteMs } = record;
  const extra = Object.fromEntries(asked.map((label) => [LABEL_NAMES[label], record[label] ?? '']));
  metrics.transfers.inc({ ...extra, provider, resource, via, outcome, status: statusOf(record) });
  metrics.bytesSent.inc({ ...extra, provider, via }, record.bytesSent);
  metrics.duration.observe({ provider, outcome }, record.durationMs / 1000);
  if (firstByteMs !== undefined) metrics.firstByte.observe({ provider }, firstByteMs / 1000);
  metrics.upstreamRequests.inc({ provider }, record.attempts);
  metrics.retries.inc({ provider }, Math.max(0, record.attempts - 1 - record.resumes));
  metrics.resumes.inc({ provider }, record.resumes);
  if (record.limitsUnchecked) metrics.limitsUnchecked.inc({ provider });
  if (record.usage !== undefined) countUsage(metrics, provider, record.usage);
}

/** Models are named by the provider's rows, of which a hostile file may have many: a thousand, and then `other`. */
function countUsage(metrics: Metrics, provider: string, { rows, failed, byModel }: BatchUsage): void {
  metrics.batchRows.inc({ provider, result: 'succeeded' }, rows - failed);
  metrics.batchRows.inc({ provider, result: 'failed' }, failed);
  for (const [model, { inputTokens, outputTokens }] of Object.entries(byModel)) {
    metrics.batchTokens.inc({ provider, model, type: 'input' }, inputTokens);
    metrics.batchTokens.inc({ provider, model, type: 'output' }, outputTokens);
  }
}

/** The status was sent before the body was cut off, so it does not tell how the transfer ended. */
function statusOf({ status, outcome }: TransferRecord): string {
  const isWhole = outcome === 'completed' || outcome === 'handed_over';
  return isWhole || status >= 400 ? `${status}` : 'incomplete';
}

interface Metrics {
  readonly inFlight: Gauge;
  readonly transfers: Counter;
  readonly bytesSent: Counter;
  readonly duration: Histogram;
  readonly firstByte: Histogram;
  readonly upstreamRequests: Counter;
  readonly retries: Counter;
  readonly resumes: Counter;
  readonly limitsUnchecked: Counter;
  readonly batchRows: Counter;
  readonly batchTokens: Counter;
}

function createMetrics(given: Registry | undefined, prefix: string, asked: readonly PrometheusLabel[]): Metrics {
  const { Counter, Gauge, Histogram, register: registry } = loadClient();
  const register = given ?? registry;
  if (typeof register.getSingleMetric !== 'function') {
    throw invalidOption(FACTORY, 'register', 'a Registry of prom-client', describeKind(register));
  }

  /** Makes a metric, unless another router has put the same one into the registry. */
  function shared<T extends object>(
    make: (configuration: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => T,
    suffix: string,
    help: string,
    labelNames: string[],
  ): T {
    const name = `${prefix}${suffix}`;
    const found: object | undefined = register.getSingleMetric(name);
    if (found === undefined) return make({ name, help, labelNames, registers: [register] });
    if (`${Reflect.get(found, 'labelNames')}` === `${labelNames}`) return found as T;
    const problem = `the registry has another metric ${name}; write another "prefix" or the same "labels"`;
    throw mistake(FACTORY, problem, 'conflicting-options');
  }

  const counter = (suffix: string, help: string, labelNames: string[]): Counter =>
    shared((it) => new Counter(it), suffix, help, labelNames);
  const extra = asked.map((label) => LABEL_NAMES[label]);
  return {
    inFlight: shared((it) => new Gauge(it), 'transfers_in_flight', 'Transfers with a provider that have not ended.', [
      'provider',
    ]),
    transfers: counter('transfers_total', 'Transfers that have ended.', [
      ...extra,
      'provider',
      'resource',
      'via',
      'outcome',
      'status',
    ]),
    bytesSent: counter('bytes_sent_total', 'Bytes of bodies written to clients.', [...extra, 'provider', 'via']),
    duration: shared(
      (it) => new Histogram({ ...it, buckets: DURATIONS }),
      'transfer_duration_seconds',
      'Time from the request to the end of the transfer.',
      ['provider', 'outcome'],
    ),
    firstByte: shared(
      (it) => new Histogram({ ...it, buckets: FIRST_BYTES }),
      'first_byte_seconds',
      'Time from the request to the first byte of the body.',
      ['provider'],
    ),
    upstreamRequests: counter('upstream_requests_total', 'Requests to providers.', ['provider']),
    retries: counter('retries_total', 'Requests to providers beyond the first of a transfer, without resumes.', [
      'provider',
    ]),
    resumes: counter('resumes_total', 'Bodies that broke off and were resumed.', ['provider']),
    limitsUnchecked: counter(
      'limits_unchecked_total',
      'Transfers that were allowed while the store of the limits was unavailable.',
      ['provider'],
    ),
    batchRows: counter('batch_rows_total', 'Rows of batch outputs, where "usage" is asked for.', [
      'provider',
      'result',
    ]),
    batchTokens: counter('batch_tokens_total', 'Tokens in batch outputs, where "usage" is asked for.', [
      'provider',
      'model',
      'type',
    ]),
  };
}

function parsePrefix(given: string | undefined): string {
  const prefix = optionalText(FACTORY, 'prefix', given) ?? 'file_content_';
  if (!PREFIX.test(prefix)) {
    throw invalidOption(FACTORY, 'prefix', 'letters, digits, underscores and colons', JSON.stringify(prefix));
  }
  return prefix;
}

function loadClient(): typeof import('prom-client') {
  try {
    return require('prom-client');
  } catch (cause) {
    throw new Error(`${FACTORY} needs the package prom-client: npm install prom-client`, { cause });
  }
}
