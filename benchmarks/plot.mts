import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, type Results, summary } from './results.mts';
import { type Metric, scenarios } from './scenarios.mts';

const WIDTH = 760;
const LEFT = 250;
const RIGHT = 110;
const BAR = 16;
const GAP = 6;
const OURS = /^express-file-content$/;

interface Chart {
  readonly file: string;
  readonly title: string;
  readonly metric: Metric;
  readonly scenarios: readonly string[];
}

const CHARTS: readonly Chart[] = [
  {
    file: 'cpu-plain',
    title: 'CPU seconds per GB',
    metric: 'cpuPerGB',
    scenarios: ['plain-1', 'plain-20', 'plain-100', 'plain-1000', 'session-100'],
  },
  {
    file: 'cpu-tls',
    title: 'CPU seconds per GB, provider over TLS',
    metric: 'cpuPerGB',
    scenarios: ['tls-1', 'tls-20', 'tls-100', 'tls-1000'],
  },
  {
    file: 'memory',
    title: 'Peak resident memory, MB',
    metric: 'peakMB',
    scenarios: ['plain-1', 'plain-100', 'plain-1000', 'slow-1000', 'buffer-100', 'buffer-1000'],
  },
  {
    file: 'memory-by-size',
    title: 'Peak resident memory by file size, MB',
    metric: 'peakMB',
    scenarios: ['size-1MB', 'size-65MB', 'size-1GB', 'size-10GB'],
  },
  { file: 'small', title: '1 kB files, CPU µs a request', metric: 'cpuPerRequest', scenarios: ['small'] },
  { file: 'first-byte', title: 'First byte, median, ms', metric: 'firstByteP50', scenarios: ['first-byte'] },
  {
    file: 'health',
    title: 'A health check beside downloads, p99, ms',
    metric: 'firstByteP99',
    scenarios: ['health-100', 'health-50-tls'],
  },
  {
    file: 'beside',
    title: 'A small file beside 100 downloads, first byte, median, ms',
    metric: 'firstByteP50',
    scenarios: ['beside-100'],
  },
  {
    file: 'resume',
    title: 'One download of 65 MB, median, ms',
    metric: 'downloadP50',
    scenarios: ['resume-0', 'resume-1', 'resume-3'],
  },
];

function xml(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);
}

/**
 * Horizontal bars, a group for each scenario: medians, with a whisker from the least to the most. undefined where
 * nothing was measured.
 */
function draw(chart: Chart, results: Results): string | undefined {
  const groups = chart.scenarios.flatMap((name) => {
    const title = scenarios.find((scenario) => scenario.name === name)?.title ?? name;
    const rows = Object.keys(results.scenarios[name]?.runs ?? {}).flatMap((candidate) => {
      const found = summary(results, name, candidate, chart.metric);
      return found ? [{ candidate, ...found }] : [];
    });
    return rows.length === 0 ? [] : [{ title, rows }];
  });
  if (groups.length === 0) return undefined;
  const most = Math.max(...groups.flatMap(({ rows }) => rows.map((row) => row.most)));
  const x = (value: number): number => (value / most) * (WIDTH - LEFT - RIGHT);
  const { digits } = METRICS[chart.metric];
  const parts: string[] = [];
  let y = 44;
  for (const { title, rows } of groups) {
    parts.push(`<text x="12" y="${y + 12}" class="group">${xml(title)}</text>`);
    y += BAR + GAP;
    for (const { candidate, median, least, most: top } of rows) {
      const middle = y + BAR / 2;
      const fill = OURS.test(candidate) ? 'ours' : 'other';
      parts.push(
        `<text x="${LEFT - 8}" y="${y + 12}" class="name">${xml(candidate)}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${x(median).toFixed(1)}" height="${BAR}" class="${fill}"/>`,
        `<path d="M${(LEFT + x(least)).toFixed(1)} ${middle}H${(LEFT + x(top)).toFixed(1)}" class="whisker"/>`,
        `<text x="${(LEFT + x(top) + 6).toFixed(1)}" y="${y + 12}" class="value">${median.toFixed(digits)}</text>`,
      );
      y += BAR + GAP;
    }
    y += 8;
  }
  const height = y + 6;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}"
  viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${xml(chart.title)}">
<style>
svg { background: #fff; font: 12px sans-serif; } text { fill: #222; } .title { font: bold 15px sans-serif; }
.group { font-weight: bold; }
.name { text-anchor: end; } .ours { fill: #1f6f5c; } .other { fill: #b8c0c8; }
.whisker { stroke: #222; stroke-width: 1; }
</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="24" class="title">${xml(chart.title)}</text>
${parts.join('\n')}
</svg>
`;
}

export function drawAll(results: Results, directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const chart of CHARTS) {
    const svg = draw(chart, results);
    const file = join(directory, `${chart.file}.svg`);
    // A plot of an older run would contradict results.json.
    if (svg === undefined) rmSync(file, { force: true });
    else writeFileSync(file, svg);
  }
}
