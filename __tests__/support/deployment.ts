/** The files of docs/examples/deploy at work: replicas of the gateway as processes, and proxies in front of them. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type BuiltPackage, layOutPackage } from './built-package';
import { PATIENCE_MS } from './leaks';
import { freePort, type RunningProgram, startProgram } from './programs';
import { temporaryDirectory } from './temporary-directory';

export const DEPLOY = join(__dirname, '..', '..', 'docs', 'examples', 'deploy');

/** A client's key that every replica knows. */
export const CLIENT_KEY = 'key-of-team-a';
export const AUTHORIZATION = `Bearer ${CLIENT_KEY}`;

/** Waits until the condition holds, or throws in the end: a test that has failed long ago must not keep Jest alive. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Replica extends AsyncDisposable {
  readonly port: number;
  readonly metricsPort: number;
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly exited: Promise<number | null>;
  /** The records of its transfers so far. */
  readonly records: readonly Record<string, unknown>[];
  /** What it printed so far, line by line. */
  readonly printed: readonly string[];
}

/** The package as it is published, with the gateway beside it. */
export async function buildDeployment(): Promise<BuiltPackage> {
  const built = await layOutPackage();
  await copyFile(join(DEPLOY, 'gateway.mts'), join(built.directory, 'gateway.mts'));
  return built;
}

/** Starts the gateway as a process. `settings` are variables of its environment. */
export async function startReplica(
  built: BuiltPackage,
  upstream: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Replica> {
  const env = {
    ...process.env,
    PORT: '0',
    METRICS_PORT: '0',
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: `${upstream}/v1`,
    GATEWAY_KEYS: `team-a:${CLIENT_KEY},team-b:key-of-team-b`,
    DRAIN_DELAY_MS: '0',
    ARRIVING_MS: '0',
    ...settings,
  };
  const stdio = ['ignore', 'pipe', 'pipe'] satisfies ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, ['gateway.mts'], { cwd: built.directory, env, stdio });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const records: Record<string, unknown>[] = [];
  const ports = new Map<string, number>();
  const printed: string[] = [];
  const listening = new Promise<void>((resolve) => {
    function read(line: string): void {
      printed.push(line);
      const [, what, port] = /^listening for (\w+) on port (\d+)$/.exec(line) ?? [];
      if (what !== undefined) ports.set(what, Number(port));
      else if (line.startsWith('{')) records.push(JSON.parse(line) as Record<string, unknown>);
      if (ports.size === 2) resolve();
    }
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', read);
  });
  await Promise.race([
    listening,
    exited.then((code) => Promise.reject(new Error(`exited with ${code}:\n${printed.join('\n')}`))),
  ]);
  return {
    port: ports.get('requests') ?? 0,
    metricsPort: ports.get('metrics') ?? 0,
    process: child,
    exited,
    records,
    printed,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export const PROXIES = { haproxy: 'haproxy.cfg', nginx: 'nginx.conf' } as const;
export type ProxyName = keyof typeof PROXIES;

export interface RunningProxy extends RunningProgram {
  readonly port: number;
}

/** The example's configuration with these addresses, and with `change` applied to it. */
async function configure(name: ProxyName, port: number, gateways: readonly number[], change: Change): Promise<string> {
  const directory = await temporaryDirectory(name);
  const [first, second = first] = gateways;
  let text = (await readFile(join(DEPLOY, PROXIES[name]), 'utf8'))
    .replaceAll('gateway-a:8080', `127.0.0.1:${first}`)
    .replaceAll('gateway-b:8080', `127.0.0.1:${second}`)
    .replace('timeout check 5s', `timeout check ${PATIENCE_MS}ms`)
    .replace(/\bbind :8080/, `bind 127.0.0.1:${port}`)
    .replace(/\blisten 8080/, `listen 127.0.0.1:${port}`);
  // A gateway that is alone must not be taken out because the machine is busy.
  if (gateways.length === 1) text = text.replace('default-server check', 'default-server');
  if (name === 'nginx') {
    // Whoever runs the tests may not write where the package of the system keeps these.
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((it) => `${it}_temp_path ${directory};`);
    text = text.replace('/var/log/nginx', directory);
    text = `pid ${directory}/nginx.pid;\n${text.replace('http {', `http {\n  ${places.join('\n  ')}`)}`;
  }
  const path = join(directory, PROXIES[name]);
  await writeFile(path, change(text, directory));
  return path;
}

export type Change = (configuration: string, directory: string) => string;

/** Runs a proxy with the example's own configuration in front of gateways on these ports. */
export async function startProxy(
  name: ProxyName,
  gateways: readonly number[],
  change: Change = (configuration) => configuration,
): Promise<RunningProxy> {
  const port = await freePort();
  const path = await configure(name, port, gateways, change);
  const args = name === 'haproxy' ? ['-db', '-f', path] : ['-e', 'stderr', '-g', 'daemon off;', '-c', path];
  return Object.assign(await startProgram(name, args, port), { port });
}

/** Has the program itself check the example's configuration. @throws with what it says against it */
export async function checkConfiguration(name: ProxyName): Promise<readonly [program: string, args: string[]]> {
  const path = await configure(name, 8080, [8081, 8082], (configuration) => configuration);
  return name === 'haproxy' ? [name, ['-c', '-f', path]] : [name, ['-e', 'stderr', '-t', '-c', path]];
}
