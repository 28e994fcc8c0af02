import { types } from 'node:util';
import { memberOf } from './own-members';

/** Unlike `instanceof Error`, this recognises Node's own errors when the code runs in another realm, as under Jest. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || types.isNativeError(value);
  } catch {
    // A proxy whose prototype cannot be read.
    return false;
  }
}

/** Returns Node's or axios's `error.code`, such as `ECONNRESET`, or an empty string. */
export function errorCode(error: unknown): string {
  try {
    const code: unknown = isError(error) ? memberOf(error, 'code') : undefined;
    return typeof code === 'string' ? code : '';
  } catch {
    // An accessor that throws.
    return '';
  }
}
