/** A Redis server of the test's own, and clients of both libraries. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createClient } from 'redis';
import { createClient as createClient5 } from 'redis5';
import type { RedisClient } from '../../lib/integrations/redis';
import { eventually } from './leaks';
import { describeWith } from './programs';
import { temporaryDirectory } from './temporary-directory';

/** Declares tests that are skipped where Redis is not installed. */
export function describeWithRedis(title: string, tests: () => void): void {
  describeWith(['redis-server', 'redis-cli'], title, tests);
}

/** A server that can be stopped, started again at the same address, and paused. */
export interface RedisServer extends AsyncDisposable {
  /** The path of its socket. */
  readonly path: string;
  /** Starts it again after `kill`, empty. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** It accepts connections and commands, and does nothing. */
  pause(): void;
  resume(): void;
  /** Sends a command with redis-cli. */
  command(...words: string[]): string;
}

/** Starts a Redis server on a socket in a directory of its own. */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const directory = await temporaryDirectory('redis');
  const path = join(directory, 'redis.sock');
  let child: ChildProcess | undefined;

  function command(...words: string[]): string {
    return execFileSync('redis-cli', ['-s', path, ...words], { encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  function isReady(): boolean {
    try {
      return command('PING') === 'PONG';
    } catch {
      return false;
    }
  }

  async function start(): Promise<void> {
    const args = ['--port', '0', '--unixsocket', path, '--dir', directory, '--save', '', '--appendonly', 'no'];
    child = spawn('redis-server', [...args, ...options], { stdio: 'ignore' });
    await eventually('Redis is ready', isReady, undefined, 20);
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    path,
    start,
    kill,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    command,
    [Symbol.asyncDispose]: kill,
  };
}

/** A client, and what ends it. */
export interface ConnectedClient extends Disposable {
  readonly client: RedisClient;
}

async function readyIORedis(client: Redis | Redis5): Promise<ConnectedClient> {
  client.on('error', () => undefined);
  await once(client, 'ready');
  return { client, [Symbol.dispose]: () => client.disconnect() };
}

const retryStrategy = (): number => 20;

type RedisClientRow = readonly [string, (path: string) => Promise<ConnectedClient>];

/** The clients that are supported, with a function that connects each to the socket of a server. */
export const REDIS_CLIENTS: readonly [RedisClientRow, ...RedisClientRow[]] = [
  ['ioredis', (path) => readyIORedis(new Redis({ path, retryStrategy }))],
  ['ioredis 5', (path) => readyIORedis(new Redis5({ path, retryStrategy }))],
  [
    'redis',
    async (path) => {
      const client = createClient({ socket: { path, reconnectStrategy: retryStrategy } });
      client.on('error', () => undefined);
      await client.connect();
      return { client, [Symbol.dispose]: () => client.destroy() };
    },
  ],
  [
    'redis 5',
    async (path) => {
      const client = createClient5({ socket: { path, reconnectStrategy: retryStrategy } });
      client.on('error', () => undefined);
      await client.connect();
      return { client, [Symbol.dispose]: () => client.destroy() };
    },
  ],
];
