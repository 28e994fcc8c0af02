import { type Spread, spread } from './measure.mts';
import { type Metric, scenarios } from './scenarios.mts';

/** One run. */
export type Measurement = Readonly<Record<Metric, number>> & {
  readonly gigabytesPerSecond: number;
  readonly completed: number;
  readonly refused: number;
  readonly failed: number;
};

/** Scenario, candidate, runs. */
export type Results = Record<string, Record<string, Measurement[]>>;

export const METRICS: Readonly<Record<Metric, { readonly label: string; readonly digits: number }>> = {
  cpuPerGB: { label: 'CPU s/GB', digits: 2 },
  peakMB: { label: 'peak MB', digits: 0 },
  firstByteP50: { label: 'first byte p50 ms', digits: 2 },
  firstByteP99: { label: 'first byte p99 ms', digits: 2 },
  requestsPerSecond: { label: 'requests/s', digits: 0 },
  cpuPerRequest: { label: 'CPU µs/request', digits: 0 },
};

export function summary(results: Results, scenario: string, candidate: string, metric: Metric): Spread | undefined {
  const runs = (results[scenario]?.[candidate] ?? []).filter((run) => run.completed > 0 || run.gigabytesPerSecond > 0);
  return runs.length === 0 ? undefined : spread(runs.map((run) => run[metric] ?? Number.NaN));
}

/** A Markdown table for each scenario: medians, with the least and the most of all runs. */
export function printTable(results: Results): void {
  for (const { name, title, metrics } of scenarios) {
    const measured = Object.keys(results[name] ?? {});
    if (measured.length === 0) continue;
    console.log(`\n${title} (${name})\n`);
    console.log(
      `| | ${metrics.map((metric) => METRICS[metric].label).join(' | ')} | GB/s | completed, refused, failed |`,
    );
    console.log(`|---|${metrics.map(() => '---|').join('')}---|---|`);
    for (const candidate of measured) {
      const cells = metrics.map((metric) => {
        const found = summary(results, name, candidate, metric);
        const show = (value: number): string => value.toFixed(METRICS[metric].digits);
        return found && Number.isFinite(found.median)
          ? `${show(found.median)} (${show(found.least)} to ${show(found.most)})`
          : '-';
      });
      const runs = results[name]![candidate]!;
      const speed = runs.length === 0 ? '-' : spread(runs.map((run) => run.gigabytesPerSecond)).median.toFixed(2);
      const counts = (['completed', 'refused', 'failed'] as const).map((key) =>
        runs.reduce((sum, run) => sum + run[key], 0),
      );
      console.log(`| ${candidate} | ${cells.join(' | ')} | ${speed} | ${counts.join(', ')} |`);
    }
  }
}
