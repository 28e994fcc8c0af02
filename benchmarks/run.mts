import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { cpuSeconds, peakMegabytes } from './measure.mts';
import type { LoadRequest, LoadResult } from './processes/load.mts';
import type { Candidate } from './proxies.mts';
import type { Measurement } from './results.mts';
import type { Scenario } from './scenarios.mts';
import { type Place, pathOf, script } from './workspace.mts';

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
export async function measure(
  candidate: Candidate,
  scenario: Scenario,
  place: Place,
  seconds: number,
): Promise<Measurement> {
  const running = await candidate.start(place);
  let stopDownloads: (() => void) | undefined;
  try {
    const port = running?.port ?? place.providerPort;
    const { connections, repeat = 1 } = scenario;
    const request = {
      path: scenario.path ?? pathOf(scenario.file),
      headers: candidate.headers?.(place) ?? [],
      connections,
      seconds: scenario.seconds ?? Math.max(seconds, candidate.leastSeconds ?? 0),
      repeat: Math.max(1, Math.min(repeat, Math.floor((candidate.mostRequests ?? Infinity) / connections))),
      rate: scenario.rate ?? 0,
    };
    if (scenario.file === '1kB') await load(port, request);
    else await load(port, { ...request, ...WARM_UP, connections: Math.min(connections, 20) });
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
      downloadP50: result.downloadP50,
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
