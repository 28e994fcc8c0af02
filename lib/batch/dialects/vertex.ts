import { ownMembers } from '../../values/own-members';
import { fromAnthropicMessage, isAnthropicMessage } from '../bodies/anthropic-message';
import type { BodyFacts } from '../bodies/chat-completion';
import { fromGemini, isGeminiResponse, secondsOf } from '../bodies/gemini';
import { fromEmbedContent, fromPredictions } from '../bodies/google-embeddings';
import { isObject, listOf, member, textOf } from '../json/json-value';
import { customIdOfLabels } from './custom-id-labels';
import { customIdOfKey } from './fan-out-key';
import { googleFailure, statusInText } from './google-status';
import { bodyFacts, customIdFrom, type FileFacts, failed, type RowContent, refused, succeeded } from './row';

/** Members of rows besides the result. */
const BESIDE = ['key', 'request', 'instance', 'status', 'custom_id', 'metadata'] as const;
const RESULTS = ['processed_time', 'predictions', 'prediction'] as const;

/**
 * Tells whether a value is a row of the output of a batch of Gemini or Vertex AI. A row of its input has no response
 * and no error.
 */
export function isGoogleRow(row: unknown): boolean {
  if (!isObject(row)) return false;
  const has = (name: string): boolean => Object.hasOwn(row, name);
  if (RESULTS.some(has) || (has('status') && (has('request') || has('instance')))) return true;
  const response = member(row, 'response');
  const error = member(row, 'error');
  if (BESIDE.some(has)) return has('response') || isObject(error);
  return isGeminiResponse(row) || isGeminiResponse(response) || textOf(member(error, 'message')) !== undefined;
}

/**
 * Reads a row of a batch prediction of Vertex AI: `{ request, response, status, processed_time }`, with a non-empty
 * `status` for a failure, and with a `custom_id` for partner models; `{ instance, predictions, status }` for
 * embeddings; `{ key, response | error }` in Gemini's own batches. A response of an unknown shape is passed on
 * unchanged.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/batch-prediction-gemini
 * @see https://ai.google.dev/gemini-api/docs/batch-api
 */
export function readVertexRow(row: unknown, facts: FileFacts): RowContent {
  return readRow(row, customIdOf(row), facts);
}

/**
 * Reads a row of Gemini's own batches, which return the `key` unchanged; for an inlined request it is in `metadata`.
 */
export function readGeminiRow(row: unknown, facts: FileFacts): RowContent {
  const customId = customIdFrom(row, ['key', 'custom_id']) ?? customIdFrom(member(row, 'metadata'), ['key']);
  return readRow(row, customId, facts);
}

function readRow(row: unknown, customId: string | null, facts: FileFacts): RowContent {
  const error = member(row, 'error');
  if (isObject(error)) return googleFailure(customId, error);
  const status = textOf(member(row, 'status')) ?? '';
  if (status !== '') return fromStatus(customId, status);
  // A line of Gemini's batches may be only the response.
  const response = member(row, 'response') ?? (isGeminiResponse(row) ? row : undefined);
  const about = bodyFacts(facts, customId, { created: secondsOf(member(row, 'processed_time')) });
  if (response === undefined || response === null) return withoutResponse(customId, row, about);
  return succeeded(customId, bodyOf(response, about), textOf(member(response, 'responseId') ?? member(response, 'id')));
}

function bodyOf(response: unknown, facts: BodyFacts): unknown {
  if (!isObject(response)) return response;
  const own = ownMembers(response);
  if (isAnthropicMessage(own)) return fromAnthropicMessage(own, facts);
  if (isGeminiResponse(own)) return fromGemini(own, facts);
  return fromEmbedContent(own, facts) ?? response;
}

/** Rows of embedding models have `predictions`. Any other value is not a row of a batch and becomes an error. */
function withoutResponse(customId: string | null, row: unknown, facts: BodyFacts): RowContent {
  const predictions = member(row, 'predictions') ?? member(row, 'prediction');
  if (predictions === undefined) {
    return failed(customId, 'invalid_row', 'The row has neither a response nor an error.');
  }
  return succeeded(customId, fromPredictions(listOf(predictions), facts) ?? { predictions });
}

/**
 * Reads the status of a failure: a text, which often contains the response of the model's API, as in `Bad Request:
 * {"error": {…}}`.
 */
function fromStatus(customId: string | null, text: string): RowContent {
  const status = statusInText(text);
  if (status === undefined) return failed(customId, 'error', text);
  return refused(customId, status, { code: String(status), message: text }, 'provider_error');
}

function customIdOf(row: unknown): string | null {
  return (
    customIdFrom(row, ['custom_id']) ??
    customIdOfKey(customIdFrom(row, ['key'])) ??
    customIdOfLabels(member(member(row, 'request'), 'labels')) ??
    null
  );
}
