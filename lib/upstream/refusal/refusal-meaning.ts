import { FILE_CONTENT_ERROR_CODES, type FileContentErrorCode } from '../../errors';
import type { LocatedProvider, UpstreamResponse } from '../../provider-contract/provider';
import { describeValue } from '../../values/describe-value';
import { didYouMean } from '../../values/did-you-mean';
import { invalidResult, resultMistake } from '../../values/mistakes';
import { isError } from '../../values/native-error';
import { isObject, isThenable, ownMembers } from '../../values/own-members';

/** The meaning of a refusal, without its message. */
export interface ReadMeaning {
  readonly code: FileContentErrorCode;
  readonly upstreamCode?: string | undefined;
  readonly message?: string | undefined;
  /** The failure of the provider's `classifyRefusal`, whose result is then not used. */
  readonly failure?: Error;
}

function codeFor(status: number): FileContentErrorCode {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return 'provider_auth_failed';
    case 404:
      return 'file_not_found';
    case 416:
      return 'range_not_satisfiable';
    case 429:
      return 'rate_limited';
    default:
      return 'provider_error';
  }
}

function isCode(value: unknown): value is FileContentErrorCode {
  const codes: readonly unknown[] = FILE_CONTENT_ERROR_CODES;
  return codes.includes(value);
}

/** @throws TypeError if a function that must be synchronous returned a promise */
export function refusePromise(returned: unknown, hook: 'classifyRefusal' | 'translateRefusal'): void {
  if (!isThenable(returned)) return;
  // The promise is not awaited, and an unhandled rejection would end the process.
  Promise.resolve(returned).catch(() => undefined);
  throw invalidResult(`${hook}()`, 'its result at once', 'a promise');
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/** @throws the value that the provider's function throws, or a TypeError for an invalid result */
function classified(
  response: UpstreamResponse,
  body: Buffer,
  classify: LocatedProvider['classifyRefusal'],
): ReadMeaning | undefined {
  const returned: unknown = classify?.(response, body);
  if (returned === undefined || returned === null) return undefined;
  refusePromise(returned, 'classifyRefusal');
  if (!isObject(returned)) {
    throw invalidResult('classifyRefusal()', '{ code } or undefined', describeValue(returned));
  }
  const { code, upstreamCode, message } = ownMembers(returned);
  if (!isCode(code)) {
    const hint = didYouMean(String(code), FILE_CONTENT_ERROR_CODES);
    throw resultMistake(`classifyRefusal() returned the code ${describeValue(code)}${hint}`);
  }
  if (!isTextOrAbsent(upstreamCode) || !isTextOrAbsent(message)) {
    throw invalidResult('classifyRefusal()', 'strings as "upstreamCode" and "message"', 'something else');
  }
  return { code, upstreamCode, message };
}

/**
 * Reads a refusal with the provider's `classifyRefusal`, otherwise by its status. If the function throws or returns an
 * invalid value, the status is read instead, and `failure` says why (L5).
 */
export function meaningOf(
  response: UpstreamResponse,
  body: Buffer,
  classify: LocatedProvider['classifyRefusal'],
): ReadMeaning {
  const byStatus = codeFor(response.status);
  try {
    return classified(response, body, classify) ?? { code: byStatus };
  } catch (error) {
    return { code: byStatus, failure: asError(error) };
  }
}

function asError(thrown: unknown): Error {
  try {
    if (isError(thrown)) return new Error(`classifyRefusal() failed: ${thrown.name}: ${thrown.message}`);
    return new Error(`classifyRefusal() threw ${describeValue(thrown)}`);
  } catch {
    return new Error('classifyRefusal() threw a value that cannot be read');
  }
}
