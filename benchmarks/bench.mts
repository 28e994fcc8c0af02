import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { type Candidate, candidates, type Place, startProvider } from './candidates.mts';
import { cpuSeconds, peakMegabytes } from './measure.mts';
import { drawAll } from './plot.mts';
import type { LoadRequest, LoadResult } from './processes/load.mts';
import { type Measurement, printTable, type Results } from './report.mts';
import { type Scenario, scenarios } from './scenarios.mts';
import { createWorkspace, pathOf, script, type Workspace } from './workspace.mts';

const USAGE = `npm run bench -- [options]
  --scenarios <regex>   ${scenarios.map(({ name }) => name).join(' ')}
  --candidates <regex>  ${candidates.map(({ name }) => name).join('; ')}
  --rounds <n>          how often each pair is measured, in turns (3)
  --seconds <n>         length of one run (5)
  --out <directory>     where results.json and the plots go (benchmarks/results)
  --merge               keep the results of other scenarios and candidates that are there already
  --plot                only draw the plots again`;

const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: '.' },
    candidates: { type: 'string', default: '.' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
    merge: { type: 'boolean', default: false },
    plot: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
function startClient(request: LoadRequest): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, [script('load.mts'), JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Runs the client; `onBegin` is called when its measured part begins. */
async function load(port: number, request: Omit<LoadRequest, 'port'>, onBegin?: () => void): Promise<LoadResult> {
  const child = startClient({ port, ...request });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'begin') onBegin?.();
    else last = line;
  }
  return JSON.parse(last) as LoadResult;
}

/** Downloads that go on until they are stopped; resolves when all of them have begun. */
async function startDownloads(port: number, connections: number, headers: readonly string[]): Promise<() => void> {
  const child = startClient({ port, headers, path: pathOf('65MB'), connections, seconds: 600, rate: 0, repeat: 1 });
  await once(child.stdout, 'data');
  return () => child.kill();
}

const WARM_UP = { rate: 0, seconds: 1 } as const;

/** One run of one candidate in a process of its own, warmed up before it is measured. */
async function measure(candidate: Candidate, scenario: Scenario, place: Place): Promise<Measurement> {
  const running = await candidate.start(place);
  let stopDownloads: (() => void) | undefined;
  try {
    const port = running?.port ?? place.providerPort;
    const request = {
      path: scenario.path ?? pathOf(scenario.file),
      headers: candidate.headers?.(place) ?? [],
      connections: scenario.connections,
      seconds: scenario.seconds ?? Number(values.seconds),
      repeat: scenario.repeat ?? 1,
      rate: scenario.rate ?? 0,
    };
    if (scenario.file === '1kB') await load(port, request);
    else await load(port, { ...request, ...WARM_UP, connections: Math.min(scenario.connections, 20) });
    if (scenario.beside !== undefined) stopDownloads = await startDownloads(port, scenario.beside, request.headers);
    const cpuNow = (): number => (running ? cpuSeconds(running.pid) : Number.NaN);
    let before = cpuNow();
    const result = await load(port, request, () => {
      before = cpuNow();
    });
    const cpu = cpuNow() - before;
    return {
      cpuPerGB: cpu / (result.bytes / 1e9),
      cpuPerRequest: (cpu / result.completed) * 1e6,
      peakMB: running ? peakMegabytes(running.pid) : Number.NaN,
      requestsPerSecond: result.completed / result.seconds,
      firstByteP50: result.firstByteP50,
      firstByteP99: result.firstByteP99,
      gigabytesPerSecond: result.bytes / 1e9 / result.seconds,
      completed: result.completed,
      refused: result.refused,
      failed: result.failed,
    };
  } finally {
    stopDownloads?.();
    await running?.stop();
  }
}

async function measureAll(work: Workspace, results: Results): Promise<void> {
  const chosen = scenarios.filter(({ name }) => new RegExp(values.scenarios).test(name));
  const installed = candidates
    .filter(({ name }) => new RegExp(values.candidates).test(name))
    .filter((c) => c.isAvailable());
  const pairs = chosen.map((scenario) => ({
    scenario,
    taking: installed.filter(({ name }) => scenario.only?.includes(name) ?? true),
  }));
  const rounds = Number(values.rounds);
  const bar = new SingleBar(
    { format: '{bar} {value}/{total} {what}', hideCursor: true, noTTYOutput: true, notTTYSchedule: 60_000 },
    Presets.shades_classic,
  );
  bar.start(rounds * pairs.reduce((sum, { taking }) => sum + taking.length, 0), 0, { what: '' });
  for (const { scenario, taking } of pairs) {
    const provider = await startProvider(work, scenario.tls ?? false);
    const place: Place = { work, providerPort: provider.port, tls: scenario.tls ?? false };
    results[scenario.name] = { ...results[scenario.name] };
    for (const { name } of taking) results[scenario.name]![name] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        for (const candidate of taking) {
          bar.update({ what: `${scenario.title}: ${candidate.name}` });
          try {
            results[scenario.name]![candidate.name]!.push(await measure(candidate, scenario, place));
          } catch (error) {
            process.stderr.write(`\n${candidate.name}: ${String(error)}\n`);
          }
          bar.increment();
        }
      }
    } finally {
      await provider.stop();
    }
  }
  bar.stop();
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const file = join(values.out, 'results.json');
  const kept = (values.merge || values.plot) && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : {};
  const results: Results = kept as Results;
  if (!values.plot) {
    const work = createWorkspace();
    try {
      await measureAll(work, results);
    } finally {
      work.remove();
    }
    mkdirSync(values.out, { recursive: true });
    const machine = `${cpus().length} x ${cpus()[0]?.model}, Linux, Node ${process.version}`;
    writeFileSync(
      file,
      `${JSON.stringify({ machine, date: new Date().toISOString().slice(0, 10), results }, null, 2)}\n`,
    );
  }
  printTable(results);
  drawAll(results, values.out);
}

await main();
