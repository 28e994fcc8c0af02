import axios from 'axios';
import { errorCode, isError } from '../values/native-error';
import { memberOf } from '../values/own-members';

/** The error without what it refers to: requests, configurations and raw packets have keys in them. */
export function plainError(error: unknown): Error {
  const found = axios.isAxiosError(error) && isError(error.cause) ? error.cause : error;
  // Connecting to a name with several addresses fails with one error for each (RFC 8305).
  const errors: unknown = isError(found) ? memberOf(found, 'errors') : undefined;
  const inner = Array.isArray(errors) && isError(errors[0]) ? errors[0] : found;
  const plain = new Error(isError(inner) ? inner.message : 'The request failed.');
  const code = errorCode(inner) || errorCode(error);
  return code === '' ? plain : Object.assign(plain, { code });
}
