import { types } from 'node:util';
import { memberOf } from './own-members';

/**
 * `instanceof Error` misses what Node itself throws where code runs in another realm, as every test under Jest does.
 */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || types.isNativeError(value);
  } catch {
    // A proxy whose prototype cannot be read.
    return false;
  }
}

/** Node's and axios's `error.code`, such as `ECONNRESET`; empty where there is none. */
export function errorCode(error: unknown): string {
  try {
    const code: unknown = isError(error) ? memberOf(error, 'code') : undefined;
    return typeof code === 'string' ? code : '';
  } catch {
    // An accessor that throws.
    return '';
  }
}
