import { ownMembers } from '../../values/own-members';
import { fromAnthropicMessage, isAnthropicMessage } from '../bodies/anthropic-message';
import { isObject, member, textOf } from '../json/json-value';
import { bodyFacts, customIdFrom, type FileFacts, failed, type RowContent, refused, succeeded } from './row';

/** The HTTP status of each kind of error that Anthropic's API documents. */
const STATUS_OF_ERRORS: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

/** Tells whether a value is a row of the results of an Anthropic message batch. */
export function isAnthropicRow(row: unknown): boolean {
  return (
    isObject(row) && Object.hasOwn(row, 'custom_id') && textOf(member(member(row, 'result'), 'type')) !== undefined
  );
}

/**
 * Reads a row of the results of a message batch: `{ custom_id, result }`, where `result.type` is `succeeded`,
 * `errored`, `canceled` or `expired`.
 *
 * @see https://platform.claude.com/docs/en/api/messages/batches/results
 */
export function readAnthropicRow(row: unknown, facts: FileFacts): RowContent {
  const customId = customIdFrom(row, ['custom_id']);
  const result = member(row, 'result');
  const type = member(result, 'type');
  const given = member(result, 'message');
  const message = isObject(given) ? ownMembers(given) : undefined;
  if (isAnthropicMessage(message)) {
    return succeeded(customId, fromAnthropicMessage(message, bodyFacts(facts, customId)), textOf(message.id));
  }
  if (type === 'canceled') {
    return failed(customId, 'batch_cancelled', 'The batch was canceled before this request was sent to the model.');
  }
  if (type === 'expired') {
    return failed(customId, 'batch_expired', 'The batch expired before this request was sent to the model.');
  }
  if (type !== 'errored') return failed(customId, 'invalid_row', 'The row has neither a message nor an error.');
  return fromError(customId, member(result, 'error'));
}

/** Reads `{ type: 'error', error: { type, message }, request_id }`. Older rows have only the inner object. */
function fromError(customId: string | null, response: unknown): RowContent {
  const error = isObject(member(response, 'error')) ? member(response, 'error') : response;
  const code = textOf(member(error, 'type')) ?? 'error';
  const message = textOf(member(error, 'message')) ?? 'The provider reported an error for this request.';
  const status = STATUS_OF_ERRORS.get(code);
  if (status === undefined) return failed(customId, code, message);
  return { ...refused(customId, status, { code, message }, code), requestId: textOf(member(response, 'request_id')) };
}
