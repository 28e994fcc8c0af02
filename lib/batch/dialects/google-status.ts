import { restOf } from '../bodies/provider-fields';
import { isObject, type JSONObject, member, numberOf, statusOf, textOf } from '../json/json-value';
import { errorOf, failed, type RowContent, refused } from './row';

/**
 * The HTTP status of each of Google's codes.
 *
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
const STATUS_OF_CODES: ReadonlyMap<number, number> = new Map([
  [1, 499],
  [2, 500],
  [3, 400],
  [4, 504],
  [5, 404],
  [6, 409],
  [7, 403],
  [8, 429],
  [9, 400],
  [10, 409],
  [11, 400],
  [12, 501],
  [13, 500],
  [14, 503],
  [15, 500],
  [16, 401],
]);

const MEMBERS = new Set(['code', 'message', 'status']);

/** Reads an error of a Google API. Its `code` is an HTTP status or one of Google's own codes. */
export function googleFailure(customId: string | null, error: JSONObject): RowContent {
  const reason = errorOf(error, 'The provider reported an error for this request.');
  const code = member(error, 'code');
  const status = statusOf(code) ?? STATUS_OF_CODES.get(numberOf(code) ?? 0);
  if (status === undefined) return failed(customId, reason.code, reason.message);
  return refused(customId, status, reason, textOf(member(error, 'status')) ?? 'provider_error', restOf(error, MEMBERS));
}

/** Reads the HTTP status from an API's JSON error at the end of a text. Undefined if there is none. */
export function statusInText(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text.slice(text.indexOf('{')));
    const error = member(answer, 'error');
    return statusOf(isObject(error) ? member(error, 'code') : error);
  } catch {
    return undefined;
  }
}
