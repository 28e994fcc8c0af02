import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What the provider serves, by its path. The large ones are sparse files: their content does not matter where no hash
 * is taken.
 */
export const FILES = {
  '1kB': 1_000,
  '1MB': 1_000_000,
  '65MB': 68_156_820,
  '1GB': 1_000_000_000,
  '10GB': 10_000_000_000,
} as const;
export type FileName = keyof typeof FILES;

export function pathOf(file: FileName): string {
  return `/v1/files/${file}/content`;
}

/** A directory in memory with the provider's files, its certificate and the configuration files; removed at the end. */
export interface Workspace {
  readonly directory: string;
  readonly root: string;
  readonly key: string;
  readonly cert: string;
  write(name: string, text: string): string;
  remove(): void;
}

export function createWorkspace(): Workspace {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-'));
  const root = join(directory, 'www');
  for (const [name, size] of Object.entries(FILES)) {
    const folder = join(root, 'v1/files', name);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'content');
    writeFileSync(file, size > 1e8 ? '' : randomFillSync(Buffer.allocUnsafe(size)));
    if (size > 1e8) truncateSync(file, size);
  }
  const key = join(directory, 'key.pem');
  const cert = join(directory, 'cert.pem');
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...names], { stdio: 'ignore' });
  return {
    directory,
    root,
    key,
    cert,
    write(name, text) {
      const path = join(directory, name);
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What a measured process is told of the provider. */
export interface Place {
  readonly work: Workspace;
  readonly providerPort: number;
  readonly tls: boolean;
}

export function origin({ tls, providerPort }: Place): string {
  return `${tls ? 'https' : 'http'}://127.0.0.1:${providerPort}`;
}

export function trust({ work }: Place): NodeJS.ProcessEnv {
  return { NODE_EXTRA_CA_CERTS: work.cert };
}

/** A process that listens on a port of the loopback interface. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

export function script(name: string): string {
  return fileURLToPath(new URL(`processes/${name}`, import.meta.url));
}

export function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts a script of ours, which says its port itself. */
export async function startNode(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  nodeOptions: readonly string[] = [],
): Promise<Running> {
  const child = spawn(process.execPath, [...nodeOptions, script(name), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve((JSON.parse(text) as { port: number }).port);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it listened.`)));
  });
  return running(child, port);
}

/** Starts a program that is told its port, and waits until it accepts connections. */
export async function startProgram(
  program: string,
  args: (port: number) => readonly string[],
  { env = {}, seconds = 10 }: { readonly env?: NodeJS.ProcessEnv; readonly seconds?: number } = {},
): Promise<Running> {
  const port = await freePort();
  const child = spawn(program, args(port), { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-2000);
  });
  const deadline = Date.now() + seconds * 1000;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${program} did not start: ${complaints}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return running(child, port);
}

function running(child: ChildProcess, port: number): Running {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid!,
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
