// Draws docs/images/dashboard.svg: a gateway serves downloads of which some fail, a real Prometheus scrapes it, and the
// queries of the Grafana dashboard are drawn as the dashboard lays them out. After `npm run build`, with Prometheus
// installed: node scripts/dashboard/draw.mts [seconds]
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { drawPanel, type Line } from './chart.mts';
import { type Panel, readPanels } from './panels.mts';
import { type Prometheus, startPrometheus } from './prometheus.mts';
import { type FileName, startWorkload, type Workload } from './workload.mts';

const FILE = join(import.meta.dirname, '../../docs/images/dashboard.svg');
const SECONDS = Number(process.argv[2] ?? 240);
/** Of the range of rates, so that all of them are full of samples. */
const WARM_UP = 20;
const STEP = 2;
const COLUMN = 50;
const ROW = 30;

/** The same numbers between 0 and 1 every time. */
function makeRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How many clients download what, one file after the other, with a pause of at most so many milliseconds between. */
const CLIENTS: readonly (readonly [FileName, number, number])[] = [
  ['small', 3, 300],
  ['large', 2, 500],
  ['slow', 4, 1_000],
  ['batch', 1, 1_500],
  ['buffered', 1, 2_500],
  ['resumed', 1, 3_000],
  ['missing', 1, 4_000],
  ['refused', 1, 4_000],
];

async function run(workload: Workload, random: () => number, signal: AbortSignal): Promise<void> {
  async function client(name: FileName, longestPause: number): Promise<void> {
    while (!signal.aborted) {
      await workload.download(name);
      await setTimeout(random() * longestPause);
    }
  }
  const clients = CLIENTS.flatMap(([name, count, pause]) => Array.from({ length: count }, () => client(name, pause)));
  await Promise.all(clients);
}

async function readLines(prometheus: Prometheus, { targets }: Panel, start: number, end: number): Promise<Line[]> {
  const steps = Math.round((end - start) / STEP) + 1;
  const lines: Line[] = [];
  for (const { expr, legendFormat } of targets) {
    for (const { metric, values } of await prometheus.queryRange(expr, start, end, STEP)) {
      const name = legendFormat.replace(/\{\{(\w+)\}\}/g, (_match, label: string) => metric[label] ?? '');
      const byStep = new Map(values.map(([at, value]) => [Math.round((at - start) / STEP), Number(value)]));
      lines.push({ name, values: Array.from({ length: steps }, (_, at) => byStep.get(at) ?? Number.NaN) });
    }
  }
  return lines;
}

const random = makeRandom();
let slowness = 60;
await using workload = await startWorkload({ pause: () => setTimeout(random() * slowness) });
await using prometheus = await startPrometheus(workload.target, '1s');
const stop = new AbortController();
const running = run(workload, random, stop.signal);
await setTimeout(WARM_UP * 1000);
const start = Math.floor(Date.now() / 1000);

// A quarter of the time as it should be, a quarter with bodies that are cut off, a quarter with a slow provider.
await setTimeout((SECONDS / 4) * 1000);
const cutsEnd = Date.now() + (SECONDS / 4) * 1000;
while (Date.now() < cutsEnd) {
  await workload.download('cut');
  await setTimeout(random() * 600);
}
slowness = 900;
await setTimeout((SECONDS / 4) * 1000);
slowness = 60;
await setTimeout((SECONDS / 4) * 1000);

const panels = readPanels(`${WARM_UP}s`);
const boxes = panels.map(({ gridPos: { x, y, w, h } }) => ({
  x: x * COLUMN + 10,
  y: y * ROW + 10,
  width: w * COLUMN - 10,
  height: h * ROW - 10,
}));
const drawings = await Promise.all(
  panels.map(async (panel, index) => {
    const lines = await readLines(prometheus, panel, start, start + SECONDS);
    const box = boxes[index];
    return box === undefined ? '' : drawPanel(panel, lines, box, SECONDS);
  }),
);
stop.abort();
await running;

const width = Math.max(...boxes.map((box) => box.x + box.width)) + 10;
const height = Math.max(...boxes.map((box) => box.y + box.height)) + 10;
mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(
  FILE,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"
  font-family="system-ui, sans-serif" font-size="12" fill="#4a525a">
<rect width="${width}" height="${height}" fill="#f4f5f7"/>
${drawings.join('\n')}
</svg>
`,
);
console.log(`${FILE}: ${width} x ${height}`);
