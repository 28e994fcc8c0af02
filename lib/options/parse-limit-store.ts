import { readLimitSettings } from '../transfer/shared-limits/limit-settings';
import type { CheckedLimitStore, LimitStore } from '../transfer/shared-limits/limit-store';
import { describeKind } from '../values/describe-value';
import { misspeltName } from '../values/did-you-mean';
import { invalidOption, unknownOption } from '../values/mistakes';
import { isObject, memberOf } from '../values/own-members';
import { optionalFunction } from '../values/read-options';

const FUNCTIONS = ['acquire', 'renew', 'release'];
const MEMBERS = [...FUNCTIONS, 'onReconnect', 'leaseMs', 'timeoutMs', 'whenUnavailable'];

/** Reads `limits.store`. @throws TypeError for anything but a store */
export function parseLimitStore(where: string, value: unknown): CheckedLimitStore | undefined {
  if (value === undefined) return undefined;
  const option = 'limits.store';
  if (!isObject(value) || FUNCTIONS.some((name) => typeof memberOf(value, name) !== 'function')) {
    const expected =
      'an object with the functions "acquire", "renew" and "release"; for Redis write redisLimits(client)';
    throw invalidOption(where, option, expected, describeKind(value));
  }
  optionalFunction(where, `${option}.onReconnect`, memberOf(value, 'onReconnect'));
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  const misspelt = isPlain ? misspeltName(value, MEMBERS) : undefined;
  if (misspelt !== undefined) throw unknownOption(where, misspelt, MEMBERS, `${option}.`);
  const [leaseMs, timeoutMs, whenUnavailable] = ['leaseMs', 'timeoutMs', 'whenUnavailable'].map((name) =>
    memberOf(value, name),
  );
  const settings = readLimitSettings(where, { leaseMs, timeoutMs, whenUnavailable }, `${option}.`);
  return Object.freeze({ store: value as object as LimitStore, ...settings });
}
