/** Programs of the system: nginx, HAProxy, Prometheus, curl. Tests that need one are skipped where it is missing. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';

/** Debian keeps daemons there, which is not in everybody's path. */
const PLACES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];

export function isInstalled(program: string): boolean {
  return PLACES.some((place) => {
    try {
      accessSync(join(place, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Declares tests that are skipped, and say so, where one of the programs is not installed. */
export function describeWith(programs: readonly string[], title: string, tests: () => void): void {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) describe(title, tests);
  else describe.skip(`${title} (skipped: ${missing.join(', ')} not installed)`, tests);
}

const environment = { ...process.env, PATH: PLACES.join(delimiter) };

/** Runs a program to its end. @throws with what it printed, where it fails */
export function runProgram(program: string, args: readonly string[], cwd?: string): string {
  try {
    return execFileSync(program, args, { cwd, env: environment, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}

/**
 * A port that was free a moment ago, for programs that cannot be asked which one they got. It is below those that the
 * system gives to connections: one of these could take it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}

export interface RunningProgram extends AsyncDisposable {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** Everything that it printed so far. */
  readonly output: string;
  readonly exited: Promise<number | null>;
}

/** Starts a program and waits until it accepts connections on `port`. It ends with the scope that declared it. */
export async function startProgram(program: string, args: readonly string[], port: number): Promise<RunningProgram> {
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const exited = once(child, 'close').then(([code]) => {
    hasEnded = true;
    return code as number | null;
  });
  while (!(await accepts(port))) {
    if (hasEnded) throw new Error(`${program} ${args.join(' ')} ended:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    process: child,
    exited,
    get output() {
      return output;
    },
    async [Symbol.asyncDispose]() {
      // nginx's workers end with their master only if it can tell them.
      child.kill(program === 'nginx' ? 'SIGTERM' : 'SIGKILL');
      await exited;
    },
  };
}
