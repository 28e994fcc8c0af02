import { createHash } from 'node:crypto';
import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isError } from '../values/native-error';
import { memberOf } from '../values/own-members';

/** What is used of a client of `ioredis`: a `Redis` or a `Cluster`. */
export interface IORedisClient {
  /** Runs a script that the server has. */
  evalsha(sha: string, keys: number, ...values: string[]): Promise<unknown>;
  /** Runs a script, which the server keeps. */
  eval(script: string, keys: number, ...values: string[]): Promise<unknown>;
}

/** What a script gets from a client of `redis` (node-redis). */
export interface NodeRedisScriptOptions {
  /** The keys, which decide the node of a cluster. */
  keys: string[];
  /** The other arguments. */
  arguments: string[];
}

/** What is used of a client of `redis` (node-redis): a single one, a cluster or a pool. */
export interface NodeRedisClient {
  /** Runs a script that the server has. */
  evalSha(sha: string, options: NodeRedisScriptOptions): Promise<unknown>;
  /** Runs a script, which the server keeps. */
  eval(script: string, options: NodeRedisScriptOptions): Promise<unknown>;
}

/** A client of `ioredis` or of `redis`. */
export type RedisClient = IORedisClient | NodeRedisClient;

/** A script that reads and changes one key. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** Makes a script from its source. */
export function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Runs a script on one key, so that a cluster can send it to the key's node. */
export type RunScript = (script: Script, key: string, values: readonly string[]) => Promise<unknown>;

/**
 * Returns a function that runs scripts with a client of either library.
 *
 * @throws TypeError for anything else
 */
export function scriptRunner(where: string, client: unknown): RunScript {
  if (isNodeRedis(client)) {
    return cached(
      (sha, key, values) => client.evalSha(sha, { keys: [key], arguments: [...values] }),
      (source, key, values) => client.eval(source, { keys: [key], arguments: [...values] }),
    );
  }
  if (isIORedis(client)) {
    return cached(
      (sha, key, values) => client.evalsha(sha, 1, key, ...values),
      (source, key, values) => client.eval(source, 1, key, ...values),
    );
  }
  throw invalidOption(where, 'client', 'a client of "ioredis" or "redis"', describeKind(client));
}

/** One listener for each client, however many stores it has: Node warns of more than ten. */
const LISTENERS = new WeakMap<object, Set<() => void>>();

/** Calls back when the client is connected, the first time and again. A pool has no such event. */
export function onReady(client: object, listener: () => void): void {
  const known = LISTENERS.get(client);
  if (known !== undefined) known.add(listener);
  if (known !== undefined || !hasFunction(client, 'on')) return;
  const listeners = new Set([listener]);
  LISTENERS.set(client, listeners);
  const onEvent = (): void => {
    for (const call of listeners) call();
  };
  // The second is of a cluster of node-redis.
  for (const event of ['ready', 'node-ready']) Reflect.apply(Reflect.get(client, 'on'), client, [event, onEvent]);
}

type Run = (script: string, key: string, values: readonly string[]) => Promise<unknown>;

/** Sends a script's digest, and the script itself to a server that does not have it, as after a restart. */
function cached(runKept: Run, run: Run): RunScript {
  return async ({ source, sha }, key, values) => {
    try {
      return await runKept(sha, key, values);
    } catch (error) {
      if (!isError(error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await run(source, key, values);
    }
  };
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return hasFunction(client, 'evalSha') && hasFunction(client, 'eval');
}

function isIORedis(client: unknown): client is IORedisClient {
  return hasFunction(client, 'evalsha') && hasFunction(client, 'eval');
}

function hasFunction(client: unknown, name: string): boolean {
  return typeof client === 'object' && client !== null && typeof memberOf(client, name) === 'function';
}
