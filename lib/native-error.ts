import { types } from 'node:util';
import { memberOf } from './own-members';

/** `instanceof Error` misses what Node itself throws where code runs in another realm, as every test under Jest does. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Node's and axios's `error.code`, such as `ECONNRESET`; empty where there is none. */
export function errorCode(error: unknown): string {
  const code: unknown = isError(error) ? memberOf(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}
