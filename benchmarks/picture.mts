import { mkdirSync, writeFileSync } from 'node:fs';
import { HAPROXY_LARGE, HAPROXY_SPLICE, MIDDLEWARE, NGINX_LARGE, STREAM } from './candidates.mts';
import { METRICS, type Results, summary } from './results.mts';
import type { Metric } from './scenarios.mts';

const PICTURE = new URL('../docs/images/benchmark.svg', import.meta.url);
const SCENARIO = 'plain-100';
const ROWS = [STREAM, HAPROXY_SPLICE, HAPROXY_LARGE, 'HAProxy', NGINX_LARGE, 'nginx', MIDDLEWARE, 'LiteLLM'];
const PANELS = [
  { title: 'CPU seconds per GB', metric: 'cpuPerGB', left: 196 },
  { title: 'Peak memory, MB', metric: 'peakMB', left: 510 },
] as const;

const WIDTH = 800;
/** Of a panel, the rest of which the longest bar's figure needs. */
const LONGEST = 205;
const TOP = 92;
const STEP = 32;
const BAR = 18;

const STYLE = `
text { font: 14px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328; }
.paper { fill: #fff; stroke: #d1d9e0; } .title { font-size: 18px; font-weight: 600; }
.panel, .own { font-weight: 600; } .name { text-anchor: end; } .small { font-size: 12px; fill: #59636e; }
.bar { fill: #afb8c1; } .ours { fill: #1a7f5a; } .spread { stroke: #1f2328; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .paper { fill: #0d1117; stroke: #3d444d; } .small { fill: #9198a1; }
  .bar { fill: #59636e; } .ours { fill: #2ea878; } .spread { stroke: #f0f6fc; }
}`;

function bars(results: Results, rows: readonly string[], metric: Metric, left: number): string[] {
  const found = rows.map((name) => ({ name, ...summary(results, SCENARIO, name, metric)! }));
  const longest = Math.max(...found.map(({ most }) => most));
  const x = (value: number): string => (left + (value / longest) * LONGEST).toFixed(1);
  return found.flatMap(({ name, median, least, most }, index) => {
    const y = TOP + index * STEP;
    const middle = y + BAR / 2;
    const isOurs = name === STREAM;
    const width = (Number(x(median)) - left).toFixed(1);
    return [
      `<rect x="${left}" y="${y}" width="${width}" height="${BAR}" class="${isOurs ? 'ours' : 'bar'}"/>`,
      `<path d="M${x(least)} ${middle}H${x(most)}M${x(least)} ${middle - 4}v8M${x(most)} ${middle - 4}v8" class="spread"/>`,
      `<text x="${Number(x(most)) + 8}" y="${y + 14}"${isOurs ? ' class="own"' : ''}>${figure(median, metric)}</text>`,
    ];
  });
}

function figure(value: number, metric: Metric): string {
  const { digits } = METRICS[metric];
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** How it was measured, in lines that fit the width. */
function conditions({ machine, versions, scenarios }: Results, rows: readonly string[]): string[] {
  const { date, seconds, runs } = scenarios[SCENARIO]!;
  const rounds = Math.min(...rows.map((name) => runs[name]!.length));
  const counted = rounds === 1 ? 'One run' : `Medians of ${rounds} runs`;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `100 downloads of 65 MiB at once over loopback, plain HTTP, one worker each. ${counted} of at least ${seconds} s,`,
    `in turns; the line is from the least to the most. CPU and memory of the proxy's process alone. Shorter is better.`,
    `${date}, ${machine}.`,
    `${programs.join(', ')}.`,
  ];
}

/**
 * The picture of the README: this package beside the alternatives, from one run in turns. undefined where this package
 * was not measured.
 */
export function pictureOf(results: Results): string | undefined {
  const rows = ROWS.filter((name) => summary(results, SCENARIO, name, 'cpuPerGB'));
  if (!rows.includes(STREAM)) return undefined;
  const title = 'What a download costs the process in the middle';
  const end = TOP + rows.length * STEP + 12;
  const notes = conditions(results, rows);
  const height = end + notes.length * 18 + 10;
  const figures = rows.map((name) => {
    const [cpu, memory] = PANELS.map(({ metric }) => figure(summary(results, SCENARIO, name, metric)!.median, metric));
    return `${name}: ${cpu} CPU s/GB, ${memory} MB`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"
  role="img" aria-labelledby="title figures">
<title id="title">${title}</title>
<desc id="figures">${figures.join('; ')}</desc>
<style>${STYLE}
</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" class="paper"/>
<text x="20" y="36" class="title">${title}</text>
${PANELS.map((panel) => `<text x="${panel.left}" y="${TOP - 16}" class="panel">${panel.title}</text>`).join('\n')}
${rows
  .map((name, index) => {
    const y = TOP + index * STEP + 14;
    return `<text x="${PANELS[0].left - 10}" y="${y}" class="name${name === STREAM ? ' own' : ''}">${name}</text>`;
  })
  .join('\n')}
${PANELS.flatMap(({ metric, left }) => bars(results, rows, metric, left)).join('\n')}
${notes.map((line, index) => `<text x="20" y="${end + 8 + index * 18}" class="small">${line}</text>`).join('\n')}
</svg>
`;
}

export function drawPicture(results: Results): void {
  const svg = pictureOf(results);
  if (svg === undefined) return;
  mkdirSync(new URL('.', PICTURE), { recursive: true });
  writeFileSync(PICTURE, svg);
}
