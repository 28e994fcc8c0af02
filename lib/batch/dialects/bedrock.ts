import { ownMembers } from '../../values/own-members';
import { fromAnthropicMessage, isAnthropicMessage } from '../bodies/anthropic-message';
import { fromEmbeddingModel } from '../bodies/bedrock-embeddings';
import type { BodyFacts } from '../bodies/chat-completion';
import { fromCohere, isCohereResponse } from '../bodies/cohere';
import { fromConverse, isConverseResponse } from '../bodies/converse';
import { completed, isBareCompletion, isOpenAIBody } from '../bodies/openai-body';
import { fromTextModel } from '../bodies/text-models';
import { isObject, type JSONObject, member, numberOf, statusOf, textOf } from '../json/json-value';
import { bodyFacts, customIdFrom, type FileFacts, failed, type RowContent, refused, succeeded } from './row';

/**
 * Tells whether a value is a row of the output of a batch inference job. A row of its input has neither an output nor
 * an error.
 */
export function isBedrockRow(row: unknown): boolean {
  if (!isObject(row) || !(Object.hasOwn(row, 'recordId') || Object.hasOwn(row, 'modelInput'))) return false;
  return Object.hasOwn(row, 'modelOutput') || isObject(member(row, 'error'));
}

/**
 * Reads a row of a batch inference job of Amazon Bedrock: `{ recordId, modelInput, modelOutput }`, or `error` in place
 * of the output. The output has the shape of the model's family or of the Converse API. An output of an unknown shape
 * is passed on unchanged.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html
 */
export function readBedrockRow(row: unknown, facts: FileFacts): RowContent {
  const customId = customIdFrom(row, ['recordId']);
  const error = member(row, 'error');
  if (isObject(error)) return fromError(customId, error);
  const output = member(row, 'modelOutput');
  if (output === undefined || output === null) {
    return failed(customId, 'invalid_row', 'The row has neither an output nor an error.');
  }
  const model = textOf(member(member(row, 'modelInput'), 'model'));
  const body = isObject(output) ? bodyOf(output, bodyFacts(facts, customId, { model })) : output;
  return succeeded(customId, body, textOf(member(output, 'id')));
}

function bodyOf(output: JSONObject, facts: BodyFacts): unknown {
  const own = ownMembers(output);
  if (isAnthropicMessage(own)) return fromAnthropicMessage(own, facts);
  if (isConverseResponse(own)) return fromConverse(own, facts);
  if (isOpenAIBody(own)) return output;
  if (isBareCompletion(own)) return completed(own, facts);
  if (isCohereResponse(own)) return fromCohere(own, facts);
  return fromTextModel(own, facts) ?? fromEmbeddingModel(own, facts) ?? output;
}

/** `errorCode` is an HTTP status, or a word such as `ModelErrorException`. */
function fromError(customId: string | null, error: JSONObject): RowContent {
  const code = member(error, 'errorCode');
  const message = textOf(member(error, 'errorMessage')) ?? 'The provider reported an error for this record.';
  const status = statusOf(code);
  if (status !== undefined) return refused(customId, status, { code: String(status), message }, 'provider_error');
  return failed(customId, textOf(code) ?? numberOf(code)?.toString() ?? 'error', message);
}
