import { type Spread, spread } from './measure.mts';
import type { Metric } from './scenarios.mts';

/** One run. */
export type Measurement = Readonly<Record<Metric, number>> & {
  readonly gigabytesPerSecond: number;
  readonly completed: number;
  readonly refused: number;
  readonly failed: number;
};

export interface ScenarioResults {
  readonly date: string;
  /** Length of a run in seconds, where it has one. */
  readonly seconds: number;
  /** The runs of each candidate. */
  readonly runs: Record<string, Measurement[]>;
}

/** The content of results.json. */
export interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly scenarios: Record<string, ScenarioResults>;
}

export const METRICS: Readonly<Record<Metric, { readonly label: string; readonly digits: number }>> = {
  cpuPerGB: { label: 'CPU s/GB', digits: 2 },
  peakMB: { label: 'peak MB', digits: 0 },
  firstByteP50: { label: 'first byte p50, ms', digits: 2 },
  firstByteP99: { label: 'p99, ms', digits: 2 },
  requestsPerSecond: { label: 'requests/s', digits: 0 },
  cpuPerRequest: { label: 'CPU µs/request', digits: 0 },
  downloadP50: { label: 'whole download p50, ms', digits: 0 },
};

/** undefined where nothing was measured. */
export function summary(results: Results, scenario: string, candidate: string, metric: Metric): Spread | undefined {
  const runs = (results.scenarios[scenario]?.runs[candidate] ?? []).filter(
    (run) => run.completed > 0 || run.gigabytesPerSecond > 0,
  );
  // JSON.stringify writes NaN as null.
  const found = spread(runs.map((run) => run[metric] ?? Number.NaN));
  return Number.isFinite(found.median) ? found : undefined;
}

/** `0.59 (0.58 to 0.61)`: the median, with the least and the most where there are several runs that differ. */
export function cell(results: Results, scenario: string, candidate: string, metric: Metric): string {
  const found = summary(results, scenario, candidate, metric);
  if (found === undefined) return '-';
  const { digits } = METRICS[metric];
  const [median, least, most] = [found.median, found.least, found.most].map((value) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return least === most ? `${median}` : `${median} (${least} to ${most})`;
}
