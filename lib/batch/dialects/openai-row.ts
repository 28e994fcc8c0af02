import { isObject, member, numberOf, textOf } from '../json/json-value';
import { customIdFrom, failed, type RowContent, type RowError } from './row';

/** Tells whether a value is a row of OpenAI's Batch API, or of one of the many services with the same rows. */
export function isOpenAIRow(row: unknown): boolean {
  if (!isObject(row) || !Object.hasOwn(row, 'custom_id') || !Object.hasOwn(row, 'response')) return false;
  const { response } = row;
  if (response === null) return isObject(member(row, 'error'));
  return (
    isObject(response) && numberOf(member(response, 'status_code')) !== undefined && Object.hasOwn(response, 'body')
  );
}

/**
 * Reads a row of OpenAI's Batch API: `{ id, custom_id, response: { status_code, request_id, body } | null, error }`.
 * Its `error` is for requests that failed without HTTP; that of a request with a status is in the body.
 *
 * @see https://platform.openai.com/docs/api-reference/batch/request-output
 */
export function readOpenAIRow(row: unknown): RowContent {
  const customId = customIdFrom(row, ['custom_id']);
  const error = member(row, 'error');
  const response = member(row, 'response');
  const status = numberOf(member(response, 'status_code'));
  if (status !== undefined) {
    const body = member(response, 'body');
    const requestId = textOf(member(response, 'request_id'));
    return { customId, status, body, error: status >= 400 ? errorOfBody(body, status) : null, requestId };
  }
  if (!isObject(error)) return failed(customId, 'invalid_row', 'The row has neither a response nor an error.');
  const { code, message } = errorOfBody(row, 'error');
  return failed(customId, code, message);
}

function errorOfBody(body: unknown, status: number | string): RowError {
  const error = member(body, 'error');
  const code = textOf(member(error, 'code')) ?? textOf(member(error, 'type')) ?? String(status);
  return { code, message: textOf(member(error, 'message')) ?? 'The provider reported an error for this request.' };
}
