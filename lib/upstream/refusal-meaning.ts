import { FILE_CONTENT_ERROR_CODES, type FileContentErrorCode } from '../errors';
import type { LocatedProvider, UpstreamResponse } from '../provider';
import { describeValue } from '../values/describe-value';
import { didYouMean } from '../values/did-you-mean';
import { invalidResult, resultMistake } from '../values/mistakes';
import { isError } from '../values/native-error';
import { isObject, ownMembers } from '../values/own-members';

/** What a refusal means, before it is worded. */
export interface ReadMeaning {
  readonly code: FileContentErrorCode;
  readonly upstreamCode?: string | undefined;
  readonly message?: string | undefined;
  /** Why the provider's own reading does not count. */
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

function isThenable(value: unknown): boolean {
  return isObject(value) && typeof value['then'] === 'function';
}

/** @throws TypeError for what a function of a provider may return only later. */
export function refusePromise(returned: unknown, hook: 'classifyRefusal' | 'translateRefusal'): void {
  if (!isThenable(returned)) return;
  // Nobody waits for it, and its rejection must not end the process.
  Promise.resolve(returned).catch(() => undefined);
  throw invalidResult(`${hook}()`, 'its result at once', 'a promise');
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/** @throws whatever the provider's function throws, and a TypeError for what it may not return */
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
 * Reads a refusal as the provider's `classifyRefusal` does, else by its status. A function that throws or returns
 * nonsense harms nothing: the status is read instead, and `failure` says why (L5).
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
