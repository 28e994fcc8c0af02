import type { Provider } from '../provider';
import { isObject } from '../values/own-members';

export function mistake(problem: string): TypeError {
  return new TypeError(`registryResolver: ${problem}`);
}

/** Is it, as far as can be seen, a provider? The router checks a resolution's provider once more. */
export function isProvider(value: unknown): value is Provider {
  if (!isObject(value) || typeof value['name'] !== 'string' || value['name'] === '') return false;
  return (
    typeof value['streaming'] === 'boolean' &&
    (typeof value['locate'] === 'function') !== (typeof value['fetchContent'] === 'function')
  );
}

/** What kind of value was given, members by name: a value may be a credential in the wrong place. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object with ${Object.keys(value).join(', ') || 'no members'}`;
  return value === undefined || typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}
