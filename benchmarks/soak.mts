import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuSeconds, peakMegabytes } from './measure.mts';
import { startProvider } from './provider.mts';
import { createWorkspace, pathOf, type Running, script, startNode, type Workspace } from './workspace.mts';

/**
 * What a process holds after its work is done: the same mix of downloads several times, one after the other, and after
 * each the resident memory beside the heap and the buffers. Needs `npm run build`.
 */
const JEMALLOC = ['/usr/lib/x86_64-linux-gnu/libjemalloc.so.2', '/usr/lib/aarch64-linux-gnu/libjemalloc.so.2'];

interface Variant {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  defaults: {},
  'MALLOC_ARENA_MAX=2': { env: { MALLOC_ARENA_MAX: '2' } },
  'MALLOC_TRIM_THRESHOLD_=131072': { env: { MALLOC_TRIM_THRESHOLD_: '131072' } },
  jemalloc: { env: { LD_PRELOAD: JEMALLOC.find((path) => existsSync(path)) ?? '' } },
  '--max-semi-space-size=8': { nodeOptions: ['--max-semi-space-size=8'] },
  '--optimize-for-size': { nodeOptions: ['--optimize-for-size'] },
  'semi-space 8 and jemalloc': {
    env: { LD_PRELOAD: JEMALLOC.find((path) => existsSync(path)) ?? '' },
    nodeOptions: ['--max-semi-space-size=8'],
  },
};

const { values } = parseArgs({
  options: {
    variants: { type: 'string', default: '^defaults$' },
    soaks: { type: 'string', default: '3' },
    scale: { type: 'string', default: '0.2' },
    idle: { type: 'string', default: '30' },
    trim: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `node benchmarks/soak.mts [options]
  --variants <regex>  settings of the process (^defaults$): ${Object.keys(VARIANTS).join('; ')}
  --soaks <n>         how often the same work is done (3)
  --scale <n>         1: 100 downloads at once, 200 slow clients, 100 aborts, 30 buffered, 50 over TLS (0.2)
  --idle <seconds>    without work before the memory is read again (30)
  --trim              calls malloc_trim in the process at the end; needs gdb`;

/** The work of one soak; each is one process of clients. Those with `seconds` abort what they have not finished. */
const WORK = [
  { what: 'whole', path: pathOf('65MB'), connections: 100, rate: 0, seconds: 0 },
  { what: 'slow', path: pathOf('65MB'), connections: 200, rate: 1_000_000, seconds: 3 },
  { what: 'aborted', path: pathOf('65MB'), connections: 100, rate: 0, seconds: 0.3 },
  { what: 'buffered', path: `/buffered${pathOf('65MB')}`, connections: 30, rate: 0, seconds: 0 },
  { what: 'TLS', path: `/tls${pathOf('65MB')}`, connections: 50, rate: 0, seconds: 0 },
];

interface Memory {
  readonly pid: number;
  readonly rss: number;
  readonly anonymous: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly young: number;
  readonly arrayBuffers: number;
}

async function ask(port: number, path: string): Promise<Memory> {
  return (await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as Memory;
}

/** @returns CPU seconds of the work that is the same each time, which is what no time limit aborts */
async function soak({ port, pid }: Running): Promise<number> {
  let cpu = 0;
  for (const { what, connections, ...work } of WORK) {
    const some = Math.max(1, Math.round(connections * Number(values.scale)));
    const request = { port, headers: [], repeat: 1, connections: some, ...work };
    const before = cpuSeconds(pid);
    const client = spawn(process.execPath, [script('load.mts'), JSON.stringify(request)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(client, 'exit');
    if (code !== 0) throw new Error(`The clients of "${what}" ended with ${code}.`);
    if (work.seconds === 0) cpu += cpuSeconds(pid) - before;
  }
  return cpu;
}

const MB = (bytes: number): string => (bytes / 1e6).toFixed(0);

function print(when: string, memory: Memory): void {
  const { rss, heapUsed, heapTotal, young, arrayBuffers } = memory;
  const outside = rss - heapTotal - arrayBuffers;
  console.log(`| ${when} | ${[rss, heapUsed, heapTotal, young, arrayBuffers, outside].map(MB).join(' | ')} |`);
}

async function run(name: string, { env = {}, nodeOptions = [] }: Variant, work: Workspace, origins: readonly string[]) {
  if (env['LD_PRELOAD'] === '') {
    console.log(`\n${name}: left out, libjemalloc2 is not installed.`);
    return;
  }
  const trusted = { ...env, NODE_EXTRA_CA_CERTS: work.cert };
  const gateway = await startNode('soak-gateway.mjs', origins, trusted, nodeOptions);
  try {
    console.log(
      `\n${name}\n\n| MB | RSS | heap used | heap | of it young | buffers | outside |\n|---|---|---|---|---|---|---|`,
    );
    print('before', await ask(gateway.port, '/memory'));
    let cpu = 0;
    for (let done = 1; done <= Number(values.soaks); done++) {
      cpu += await soak(gateway);
      print(`after soak ${done}`, await ask(gateway.port, '/memory'));
      await delay(Number(values.idle) * 1000);
      print(`${values.idle} s later`, await ask(gateway.port, '/memory'));
    }
    if (values.trim) {
      await trim(gateway.pid);
      print('after malloc_trim', await ask(gateway.port, '/memory'));
    }
    console.log(`\nPeak: ${peakMegabytes(gateway.pid).toFixed(0)} MB. CPU: ${cpu.toFixed(1)} s.`);
  } finally {
    await gateway.stop();
  }
}

async function trim(pid: number): Promise<void> {
  const debug = spawn('gdb', ['-p', `${pid}`, '-batch', '-ex', 'call (int)malloc_trim(0)'], { stdio: 'ignore' });
  await once(debug, 'exit');
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const work = createWorkspace();
  const providers: Running[] = [];
  try {
    for (const tls of [false, true]) providers.push(await startProvider(work, { tls }));
    const [plain, secure] = providers.map(({ port }) => port);
    const origins = [`http://127.0.0.1:${plain}`, `https://127.0.0.1:${secure}`];
    for (const [name, variant] of Object.entries(VARIANTS)) {
      if (new RegExp(values.variants).test(name)) await run(name, variant, work, origins);
    }
  } finally {
    for (const provider of providers) await provider.stop();
    work.remove();
  }
}

await main();
