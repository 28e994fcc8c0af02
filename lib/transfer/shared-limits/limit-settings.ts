import { invalidOption } from '../../values/mistakes';
import { LONGEST_TIMER, requireInteger, requireOneOf } from '../../values/read-options';
import type { CheckedLimitStore } from './limit-store';

const DEFAULT_LEASE_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 500;

/** A shorter lease would expire whenever the event loop or the network is late. */
const SHORTEST_LEASE_MS = 100;

const POLICIES: readonly CheckedLimitStore['whenUnavailable'][] = ['allow', 'refuse'];

/**
 * Checks the settings of a limit store, and applies the defaults.
 *
 * @param group the prefix of each name in messages, such as `limits.store.`
 * @throws TypeError for a wrong value
 */
export function readLimitSettings(
  where: string,
  given: { readonly leaseMs?: unknown; readonly timeoutMs?: unknown; readonly whenUnavailable?: unknown },
  group = '',
): Omit<CheckedLimitStore, 'store'> {
  const { leaseMs = DEFAULT_LEASE_MS, timeoutMs, whenUnavailable = 'allow' } = given;
  const lease = requireInteger(where, `${group}leaseMs`, leaseMs, SHORTEST_LEASE_MS, LONGEST_TIMER);
  const timeout = requireInteger(
    where,
    `${group}timeoutMs`,
    timeoutMs ?? Math.min(DEFAULT_TIMEOUT_MS, lease),
    1,
    LONGEST_TIMER,
  );
  if (timeout > lease) {
    throw invalidOption(where, `${group}timeoutMs`, `at most "leaseMs" (${lease})`, `number ${timeout}`);
  }
  return {
    leaseMs: lease,
    timeoutMs: timeout,
    whenUnavailable: requireOneOf(where, `${group}whenUnavailable`, whenUnavailable, POLICIES),
  };
}
