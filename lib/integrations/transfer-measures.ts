import type { BatchUsage } from '../transfer/observers/usage';
import { isSuccess } from '../transfer/outcome';
import type { LoggingAdapter, TransferRecord } from '../transfer/record';
import { secondsOf } from '../values/duration';
import { unpolluted } from '../values/polluted-prototype';
import { LabelValues } from './label-values';

/** A metric of transfers, for any system of metrics. */
export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** The name, without a prefix and without a unit. */
  readonly name: string;
  readonly help: string;
  /** The unit in UCUM, as OpenTelemetry writes units. */
  readonly unit: string;
  readonly labels: readonly string[];
  /** Whether labels that the user asked for are added. */
  readonly isDetailed?: boolean;
  /** The upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** Seconds: from a small file on the same network to half an hour for the largest. */
const DURATIONS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800];
const FIRST_BYTES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

function counter(name: string, unit: string, help: string, labels: readonly string[], isDetailed = false): Metric {
  return { kind: 'counter', name, unit, help, labels, isDetailed };
}

function seconds(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Metric {
  return { kind: 'histogram', name, unit: 's', help, labels, buckets };
}

/** The metrics of transfers. */
export const METRICS = {
  inFlight: {
    kind: 'gauge',
    name: 'transfers_in_flight',
    unit: '{transfer}',
    help: 'Transfers with a provider that have not ended.',
    labels: ['provider'],
  },
  transfers: counter(
    'transfers',
    '{transfer}',
    'Transfers that have ended.',
    ['provider', 'resource', 'via', 'outcome', 'status'],
    true,
  ),
  bytesSent: counter('bytes_sent', 'By', 'Bytes of bodies written to clients.', ['provider', 'via'], true),
  duration: seconds(
    'transfer_duration',
    'Time from the request to the end of the transfer.',
    ['provider', 'outcome'],
    DURATIONS,
  ),
  firstByte: seconds('first_byte', 'Time from the request to the first byte of the body.', ['provider'], FIRST_BYTES),
  upstreamRequests: counter('upstream_requests', '{request}', 'Requests to providers.', ['provider']),
  retries: counter('retries', '{request}', 'Requests to providers beyond the first of a transfer, without resumes.', [
    'provider',
  ]),
  resumes: counter('resumes', '{resume}', 'Requests for the rest of a body that was cut off.', ['provider']),
  limitsUnchecked: counter(
    'limits_unchecked',
    '{transfer}',
    'Transfers that were allowed while the store of the limits was unavailable.',
    ['provider'],
  ),
  batchRows: counter('batch_rows', '{row}', 'Rows of batch outputs, where "usage" is asked for.', [
    'provider',
    'result',
  ]),
  batchTokens: counter('batch_tokens', '{token}', 'Tokens in batch outputs, where "usage" is asked for.', [
    'provider',
    'model',
    'type',
  ]),
} satisfies Record<string, Metric>;

/** Names one of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

/** Adds a value to a metric: to a counter or gauge the difference, to a histogram one observation. */
export type Measure = (metric: MetricName, value: number, labels: Readonly<Record<string, string>>) => void;

/** The labels that a user may ask for, because each can have any number of values. */
export const ASKED_LABELS = { fileId: 'file_id', tenant: 'tenant' } as const;

const MOST_PROVIDERS = 200;
const MOST_RESOURCES = 50;
/** Of each provider: its rows name them, and a hostile file can name any number. */
const MOST_MODELS = 200;

/** Returns labels that a system of metrics adds to the count and the duration of a transfer. */
export type EndLabels = (record: TransferRecord) => Readonly<Record<string, string>>;

const NO_LABELS = Object.freeze({});

/** Makes a logging adapter that measures transfers. */
export function measureTransfers(
  measure: Measure,
  asked: readonly (keyof typeof ASKED_LABELS)[],
  endLabels: EndLabels = () => NO_LABELS,
): Required<Pick<LoggingAdapter, 'started' | 'finished'>> {
  const inFlight = new Map<string, string>();
  const providers = new LabelValues(MOST_PROVIDERS);
  const resources = new LabelValues(MOST_RESOURCES);
  const models = new Map<string, LabelValues>();

  function measureUsage(provider: string, { rows, failed, byModel }: BatchUsage): void {
    measure('batchRows', rows - failed, { provider, result: 'succeeded' });
    measure('batchRows', failed, { provider, result: 'failed' });
    const names = models.get(provider) ?? new LabelValues(MOST_MODELS);
    models.set(provider, names);
    for (const [name, { inputTokens, outputTokens }] of Object.entries(byModel)) {
      const model = names.of(name);
      measure('batchTokens', inputTokens, { provider, model, type: 'input' });
      measure('batchTokens', outputTokens, { provider, model, type: 'output' });
    }
  }

  return {
    started({ transferId, provider: name }) {
      const provider = providers.of(name);
      inFlight.set(transferId, provider);
      measure('inFlight', 1, { provider });
      // A series that begins above 0 has had no increase for Prometheus, and the first would alert nobody.
      measure('limitsUnchecked', 0, { provider });
    },
    finished(given) {
      const record = unpolluted(given);
      const begun = inFlight.get(record.transferId);
      if (begun !== undefined) measure('inFlight', -1, { provider: begun });
      inFlight.delete(record.transferId);
      const provider = record.provider === undefined ? NO_VALUE : providers.of(record.provider);
      measureRecord(measure, record, asked, {
        provider,
        resource: resources.of(record.resource),
        end: endLabels(record),
      });
      if (record.usage !== undefined) measureUsage(provider, record.usage);
    },
  };
}

/** Stands for a provider or a path that was not known yet when the transfer ended. */
const NO_VALUE = 'none';

interface RecordLabels {
  readonly provider: string;
  readonly resource: string;
  readonly end: Readonly<Record<string, string>>;
}

function measureRecord(
  measure: Measure,
  record: TransferRecord,
  asked: readonly (keyof typeof ASKED_LABELS)[],
  { provider, resource, end }: RecordLabels,
): void {
  const { via = NO_VALUE, outcome, firstByteMs } = record;
  const extra = Object.fromEntries(asked.map((label) => [ASKED_LABELS[label], record[label] ?? '']));
  measure('transfers', 1, { ...extra, provider, resource, via, outcome, status: statusOf(record), ...end });
  measure('bytesSent', record.bytesSent, { ...extra, provider, via });
  measure('duration', secondsOf(record.durationMs), { provider, outcome, ...end });
  if (firstByteMs !== undefined) measure('firstByte', secondsOf(firstByteMs), { provider });
  measure('upstreamRequests', record.attempts, { provider });
  measure('retries', Math.max(0, record.attempts - 1 - record.resumes), { provider });
  measure('resumes', record.resumes, { provider });
  if (record.limitsUnchecked) measure('limitsUnchecked', 1, { provider });
}

/** The status was sent before the body was cut off, so it does not tell how the transfer ended. */
function statusOf(record: TransferRecord): string {
  return isSuccess(record.outcome) || record.status >= 400 ? `${record.status}` : 'incomplete';
}
