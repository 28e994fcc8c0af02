import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { mistake } from '../values/mistakes';
import { errorCode } from '../values/native-error';
import { checkObject, fail, numbers } from '../values/option-checks';
import { LONGEST_TIMER } from '../values/read-options';
import type { Settings } from './options';
import { parseLimitStore } from './parse-limit-store';

const MIB = 1024 * 1024;

const GIB = 1024 * MIB;

const DEFAULT_TIMEOUTS = {
  resolve: 10_000,
  connect: 10_000,
  headers: 60_000,
  idle: 60_000,
  clientIdle: 120_000,
  total: 0,
};

const DEFAULT_LIMITS = { maxConcurrent: Infinity, maxConcurrentPerTenant: Infinity, maxBytes: Infinity };

const DEFAULT_BUFFER = { maxBytes: 512 * MIB, memoryPerTransfer: MIB, maxDiskBytes: 10 * GIB, retries: 2 };

const DEFAULT_REDIRECT = { expiresInSeconds: 60 };

const LIMIT_NAMES = [...Object.keys(DEFAULT_LIMITS), 'store'];

const BUFFER_NAMES = [...Object.keys(DEFAULT_BUFFER), 'directory'];

/** The members of the groups that an option may be looked for outside of. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  timeouts: Object.keys(DEFAULT_TIMEOUTS),
  limits: LIMIT_NAMES,
  buffer: BUFFER_NAMES,
};

/** Returns the paths of a name in the groups, such as `limits.maxBytes` and `buffer.maxBytes`. */
export function pathsInGroups(name: string): readonly string[] {
  return Object.entries(GROUPS).flatMap(([group, names]) => (names.includes(name) ? [`${group}.${name}`] : []));
}

/** The longest validity that S3 and Cloud Storage sign, in seconds. */
const LONGEST_SIGNATURE = 604_800;

/** Reads the group `timeouts`. 0 means no limit. @throws TypeError for a wrong value */
export function parseTimeouts(where: string, value: unknown): Settings['timeouts'] {
  const given = checkObject(where, 'timeouts', value, Object.keys(DEFAULT_TIMEOUTS));
  const timeouts = numbers(where, 'timeouts', given, DEFAULT_TIMEOUTS, 'limit');
  for (const name of Object.keys(DEFAULT_TIMEOUTS) as (keyof typeof DEFAULT_TIMEOUTS)[]) {
    if (timeouts[name] === Infinity) timeouts[name] = 0;
    const ms = timeouts[name];
    if (ms > LONGEST_TIMER)
      fail(where, `timeouts.${name}`, `at most ${LONGEST_TIMER} milliseconds; write 0 for no limit`, ms);
  }
  return Object.freeze(timeouts);
}

/**
 * A limit of 0 would refuse everything, whereas a timeout of 0 means none. To avoid confusion, a limit of 0 is invalid.
 */
function requirePositive(where: string, option: string, value: number): void {
  if (value === 0) fail(where, option, 'a positive integer, or Infinity for no limit', value);
}

function requireWritableDirectory(where: string, option: string, path: string): void {
  let isDirectory = false;
  try {
    isDirectory = statSync(path).isDirectory();
    if (isDirectory) accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    fail(where, option, `a directory that exists and may be written to (${String(errorCode(error))})`, path);
  }
  if (!isDirectory) fail(where, option, 'a directory that exists and may be written to (it is none)', path);
}

/** Reads the group `limits`. `Infinity` means no limit. @throws TypeError for a wrong value */
export function parseLimits(where: string, value: unknown): Pick<Settings, 'limits' | 'limitStore'> {
  const given = checkObject(where, 'limits', value, LIMIT_NAMES);
  const limits = numbers(where, 'limits', given, DEFAULT_LIMITS, 'limit');
  for (const [name, value] of Object.entries(limits)) requirePositive(where, `limits.${name}`, value);
  const limitStore = parseLimitStore(where, given['store']);
  if (limitStore !== undefined && limits.maxConcurrent === Infinity && limits.maxConcurrentPerTenant === Infinity) {
    const problem = '"limits.store" has nothing to count; write "maxConcurrent" or "maxConcurrentPerTenant" as well';
    throw mistake(where, problem, 'conflicting-options');
  }
  return { limits: Object.freeze(limits), limitStore };
}

/** Reads the group `buffer`. The directory must exist and be writable. @throws TypeError for a wrong value */
export function parseBuffer(where: string, value: unknown): Settings['buffer'] {
  const given = checkObject(where, 'buffer', value, BUFFER_NAMES);
  const directory = given['directory'] ?? tmpdir();
  if (typeof directory !== 'string' || directory === '') fail(where, 'buffer.directory', 'a path', directory);
  const buffer = { ...numbers(where, 'buffer', given, DEFAULT_BUFFER, 'limit'), directory: directory as string };
  requirePositive(where, 'buffer.maxBytes', buffer.maxBytes);
  requireWritableDirectory(where, 'buffer.directory', buffer.directory);
  return Object.freeze(buffer);
}

/** Reads the group `redirect`. @throws TypeError for a wrong value */
export function parseRedirect(where: string, value: unknown): Settings['redirect'] {
  const given = checkObject(where, 'redirect', value, Object.keys(DEFAULT_REDIRECT));
  const redirect = numbers(where, 'redirect', given, DEFAULT_REDIRECT, 'integer');
  const { expiresInSeconds } = redirect;
  if (expiresInSeconds < 1 || expiresInSeconds > LONGEST_SIGNATURE) {
    fail(where, 'redirect.expiresInSeconds', `an integer from 1 to ${LONGEST_SIGNATURE} (7 days)`, expiresInSeconds);
  }
  return Object.freeze(redirect);
}
