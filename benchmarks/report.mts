import { spread } from './measure.mts';
import { cell, METRICS, type Results } from './results.mts';
import { scenarios } from './scenarios.mts';

/** A Markdown table for each scenario: medians, with the least and the most of all runs. */
export function printTable(results: Results): void {
  for (const { name, title, metrics } of scenarios) {
    const measured = Object.entries(results.scenarios[name]?.runs ?? {});
    if (measured.length === 0) continue;
    console.log(`\n${title} (${name})\n`);
    console.log(
      `| | ${metrics.map((metric) => METRICS[metric].label).join(' | ')} | GB/s | completed, refused, failed |`,
    );
    console.log(`|---|${metrics.map(() => '---|').join('')}---|---|`);
    for (const [candidate, runs] of measured) {
      const cells = metrics.map((metric) => cell(results, name, candidate, metric));
      const speed = runs.length === 0 ? '-' : spread(runs.map((run) => run.gigabytesPerSecond)).median.toFixed(2);
      const counts = (['completed', 'refused', 'failed'] as const).map((key) =>
        runs.reduce((sum, run) => sum + run[key], 0),
      );
      console.log(`| ${candidate} | ${cells.join(' | ')} | ${speed} | ${counts.join(', ')} |`);
    }
  }
}
