import type { Attributes, Meter } from '@opentelemetry/api';
import type { TransferRecord } from '../transfer/record';
import { transferError } from './opentelemetry-errors';
import { METRICS, type Measure, type Metric, type MetricName } from './transfer-measures';

const PREFIX = 'file_content.';

type Add = (value: number, attributes: Attributes) => void;

/** Makes the instruments of the metrics, and returns what adds to them. */
export function otelMeasure(meter: Meter): Measure {
  const entries = Object.entries(METRICS).map(([name, metric]) => [name, instrument(meter, metric)]);
  const add = Object.fromEntries(entries) as Record<MetricName, Add>;
  return (name, value, labels) => add[name](value, attributesOf(labels));
}

function instrument(meter: Meter, { kind, name, help, unit, buckets }: Metric): Add {
  const options = { description: help, unit };
  if (kind === 'histogram') {
    const advice = { explicitBucketBoundaries: [...(buckets ?? [])] };
    const histogram = meter.createHistogram(`${PREFIX}${name}`, { ...options, advice });
    return (value, attributes) => histogram.record(value, attributes);
  }
  const counter =
    kind === 'gauge'
      ? meter.createUpDownCounter(`${PREFIX}${name}`, options)
      : meter.createCounter(`${PREFIX}${name}`, options);
  return (value, attributes) => counter.add(value, attributes);
}

/** Names that only this package gives a meaning have its prefix. Those of the conventions have a dot. */
function attributesOf(labels: Readonly<Record<string, string>>): Attributes {
  const entries = Object.entries(labels);
  return Object.fromEntries(entries.map(([name, value]) => [name.includes('.') ? name : `${PREFIX}${name}`, value]));
}

/**
 * A transfer that failed has the type of its error, as its span has.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/#recording-errors-on-metrics
 */
export function errorLabels(record: TransferRecord): Readonly<Record<string, string>> {
  const error = transferError(record);
  return error === undefined ? {} : { 'error.type': error.type };
}
