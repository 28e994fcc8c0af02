import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { readLimitSettings } from '../transfer/shared-limits/limit-settings';
import type { LimitPlace, LimitStore } from '../transfer/shared-limits/limit-store';
import { optionalText, readOptions } from '../values/read-options';
import { onReady, type RedisClient, type Script, script, scriptRunner } from './redis-client';

/** Options of {@link redisLimits}. */
export interface RedisLimitsOptions {
  /**
   * Begins the name of every key. Processes with the same prefix in the same database count together. Defaults to
   * `file-content:limits:`.
   */
  readonly prefix?: string | undefined;
  /**
   * How long the places of a process that was killed stay taken, in milliseconds: `100` or more. A running process
   * renews them every third of it. Defaults to `30000` (30 seconds).
   */
  readonly leaseMs?: number | undefined;
  /**
   * How long a request waits for Redis, in milliseconds, for each of the two limits that is set: at most `leaseMs`.
   * Defaults to `500`.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * What happens to a request while Redis is unavailable. `allow` serves it, counts only the transfers of its own
   * process, and writes `limitsUnchecked` into the record. `refuse` sends a 503 with `Retry-After`. Defaults to
   * `allow`.
   */
  readonly whenUnavailable?: LimitStore['whenUnavailable'];
}

const FACTORY = 'redisLimits';

/**
 * Creates a store for `limits` that counts transfers in Redis 5 or later, or Valkey: `maxConcurrent` and
 * `maxConcurrentPerTenant` then hold for all processes together.
 *
 * Call `connect()` of a client of node-redis, but do not wait for it: it tries until Redis is there, and downloads are
 * served without. The client stays yours: it is never closed. Each command has one key, so that a cluster needs no hash
 * tags.
 *
 * @param client a client of `ioredis` or of `redis` (node-redis): a single one, a cluster or a pool
 * @throws TypeError for anything else, and for a wrong option
 * @see https://redis.io/docs/latest/develop/programmability/eval-intro/
 *
 * @example
 * import { Redis } from 'ioredis';
 * import { redisLimits } from 'express-file-content/redis';
 *
 * const store = redisLimits(new Redis('redis://127.0.0.1:6379'));
 * app.use('/v1', createFileContentRouter({ resolveProvider, limits: { maxConcurrentPerTenant: 20, store } }));
 */
export function redisLimits(client: RedisClient, options: RedisLimitsOptions = {}): LimitStore {
  const run = scriptRunner(FACTORY, client);
  const given = readOptions<RedisLimitsOptions>(FACTORY, options, {
    prefix: true,
    leaseMs: true,
    timeoutMs: true,
    whenUnavailable: true,
  });
  const prefix = optionalText(FACTORY, 'prefix', given.prefix) ?? 'file-content:limits:';
  const settings = readLimitSettings(FACTORY, given);

  async function runOnEach(places: readonly LimitPlace[], script: Script, values: readonly string[]): Promise<void> {
    const commands = commandsOf(places);
    const sent: Promise<PromiseSettledResult<unknown>[]>[] = [];
    for (let at = 0; at < commands.length; at += MOST_COMMANDS) {
      if (at > 0) await setImmediate();
      const turn = commands.slice(at, at + MOST_COMMANDS);
      // All of them settle first: a wrong value at one key must not keep the others from being renewed.
      sent.push(Promise.allSettled(turn.map(({ key, ids }) => run(script, prefix + key, [...values, ...ids]))));
    }
    const failed = (await Promise.all(sent)).flat().find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  return Object.freeze<LimitStore>({
    ...settings,
    async acquire(place, { limit, leaseMs }) {
      const reply = await run(ACQUIRE, prefix + keyOf(place), [`${leaseMs}`, `${limit}`, place.id]);
      // Either library can be told to reply with strings in place of numbers.
      const isTaken = ['0', '1'].indexOf(String(reply));
      if (isTaken === -1) throw new TypeError('Redis replied to the script with neither 0 nor 1.');
      return isTaken === 1;
    },
    renew: (places, { leaseMs }) => runOnEach(places, RENEW, [`${leaseMs}`]),
    release: (places) => runOnEach(places, RELEASE, []),
    onReconnect: (renew) => onReady(client, renew),
  });
}

/** A sorted set for each limit: the members are the transfers, the scores the milliseconds at which they expire. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function dropExpired()
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
end
local function add(id)
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[1]), id)
end
-- The key lasts as long as its last lease, which may be of a process with another setting.
local function expire()
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last))
end
`;

const ACQUIRE = script(`${NOW}
dropExpired()
local isNew = not redis.call('ZSCORE', KEYS[1], ARGV[3])
if isNew and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
add(ARGV[3])
expire()
return 1
`);

const RENEW = script(`${NOW}
dropExpired()
for index = 2, #ARGV do add(ARGV[index]) end
expire()
return 1
`);

const RELEASE = script(`
for index = 1, #ARGV do redis.call('ZREM', KEYS[1], ARGV[index]) end
return 1
`);

/** A script blocks the server while it runs: with this many members, well under a millisecond. */
const MOST_MEMBERS = 200;

/** A client takes about 10 µs for each command. Those of thousands of tenants at once would hold up all downloads. */
const MOST_COMMANDS = 100;

function commandsOf(places: readonly LimitPlace[]): { key: string; ids: string[] }[] {
  const open = new Map<string, { key: string; ids: string[] }>();
  const commands: { key: string; ids: string[] }[] = [];
  for (const place of places) {
    const key = keyOf(place);
    let command = open.get(key);
    if (command === undefined || command.ids.length === MOST_MEMBERS) {
      command = { key, ids: [] };
      open.set(key, command);
      commands.push(command);
    }
    command.ids.push(place.id);
  }
  return commands;
}

const LONGEST_KEY = 200;

/** Tenants may have any length, and lone surrogates, which are all the same in UTF-8. */
function keyOf({ key }: LimitPlace): string {
  const isWellFormed = Buffer.from(key).toString() === key;
  if (key.length <= LONGEST_KEY && isWellFormed) return key;
  return `sha256:${createHash('sha256').update(key, 'utf16le').digest('hex')}`;
}
