import { isObject, listOf, member, statusOf, textOf } from '../json/json-value';
import { customIdFrom, errorOf, failed, type RowContent, refused, succeeded } from './row';

/** Tells whether a value is one of the results of an xAI batch. */
export function isXaiRow(row: unknown): boolean {
  return isObject(row) && Object.hasOwn(row, 'batch_request_id') && Object.hasOwn(row, 'batch_result');
}

/**
 * Reads one of the `results` of an xAI batch: `{ batch_request_id, batch_result: { response | error } }`. The response
 * is an object with one member, named after the endpoint (`chat_get_completion`, `responses`, …) and holds a body in
 * OpenAI's shape.
 *
 * @see https://docs.x.ai/developers/advanced-api-usage/batch-api
 */
export function readXaiRow(row: unknown): RowContent {
  const customId = customIdFrom(row, ['batch_request_id']);
  const result = member(row, 'batch_result');
  const response = member(result, 'response');
  const body = isObject(response) ? listOf(Object.values(response))[0] : undefined;
  if (isObject(body)) return succeeded(customId, body, textOf(member(body, 'id')));
  const error = member(result, 'error');
  if (!isObject(error)) return failed(customId, 'invalid_row', 'The row has neither a response nor an error.');
  const reason = errorOf(error, 'The provider reported an error for this request.');
  const status = statusOf(member(error, 'code'));
  return status === undefined
    ? failed(customId, reason.code, reason.message)
    : refused(customId, status, reason, 'provider_error');
}
