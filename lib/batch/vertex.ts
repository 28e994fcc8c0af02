import { fromAnthropicMessage, isAnthropicMessage } from './anthropic-message';
import {
  type ChatCompletion,
  choice,
  finishReason,
  MessageParts,
  toChoices,
  type Usage,
  usageOf,
} from './chat-completion';
import { customIdOfLabels } from './custom-id-labels';
import { countOf, isObject, type JSONObject, listOf, member, numberOf, statusOf, textOf } from './json-value';
import { customIdFrom, errorOf, type FileFacts, failed, type RowContent, refused, succeeded, UNKNOWN } from './row';

/** Is this a row of the output of a batch of Gemini or Vertex AI? A row of its input has no response and no error. */
export function isGoogleRow(row: unknown): boolean {
  if (!isObject(row)) return false;
  if (isObject(row.error) && Object.hasOwn(row, 'error')) return true;
  return ['response', 'predictions', 'prediction', 'processed_time'].some((name) => Object.hasOwn(row, name));
}

/**
 * A row of a batch prediction of Vertex AI: `{ request, response, status, processed_time }`, where a failure is told by a
 * `status` that is not empty; with a `custom_id` for partner models; `{ key, response | error }` in Gemini's own batches
 * (Google's guides to batch prediction). A response of an unknown shape is handed on as it is.
 */
export function readVertexRow(row: unknown, facts: FileFacts): RowContent {
  const customId = customIdOf(row);
  const status = textOf(member(row, 'status')) ?? '';
  const error = member(row, 'error');
  if (isObject(error)) return fromError(customId, error);
  const response = member(row, 'response');
  if (status !== '') return failed(customId, 'error', status);
  if (response === undefined || response === null) return withoutResponse(customId, row);

  const created = secondsOf(member(row, 'processed_time')) ?? facts.created;
  if (isAnthropicMessage(response)) {
    return succeeded(customId, fromAnthropicMessage(response, created), textOf(response.id));
  }
  if (!isObject(response) || !(Object.hasOwn(response, 'candidates') || Object.hasOwn(response, 'promptFeedback'))) {
    return succeeded(customId, response);
  }
  const candidates = listOf(response.candidates);
  const blocked = textOf(member(response.promptFeedback, 'blockReason'));
  if (candidates.length === 0 && blocked !== undefined) {
    return failed(customId, 'content_filter', `The prompt was blocked: ${blocked}.`);
  }
  return succeeded(customId, fromGemini(response, candidates, created), textOf(response.responseId));
}

/** Rows of embedding models carry `predictions`; what is not a row of a batch at all is an error. */
function withoutResponse(customId: string | null, row: unknown): RowContent {
  const predictions = member(row, 'predictions') ?? member(row, 'prediction');
  if (predictions !== undefined) return succeeded(customId, { predictions });
  return failed(customId, 'invalid_row', 'The row has neither a response nor an error.');
}

function customIdOf(row: unknown): string | null {
  return customIdFrom(row, ['custom_id', 'key']) ?? customIdOfLabels(member(member(row, 'request'), 'labels')) ?? null;
}

function fromError(customId: string | null, error: JSONObject): RowContent {
  const reason = errorOf(error, 'The provider reported an error for this request.');
  const status = statusOf(member(error, 'code'));
  return status === undefined
    ? failed(customId, reason.code, reason.message)
    : refused(customId, status, reason, textOf(member(error, 'status')) ?? 'provider_error');
}

function secondsOf(time: unknown): number | undefined {
  const milliseconds = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

function fromGemini(response: JSONObject, candidates: readonly unknown[], created: number): ChatCompletion {
  return {
    id: `chatcmpl-${textOf(response.responseId) ?? UNKNOWN}`,
    object: 'chat.completion',
    created: secondsOf(response.createTime) ?? created,
    model: textOf(response.modelVersion) ?? UNKNOWN,
    choices: toChoices(candidates, (candidate, position) => {
      const parts = partsOf(listOf(member(member(candidate, 'content'), 'parts')));
      const index = numberOf(member(candidate, 'index'));
      return choice(
        index ?? position,
        parts.toMessage(),
        finishReason(member(candidate, 'finishReason'), parts.hasToolCalls),
      );
    }),
    usage: usageFrom(response.usageMetadata),
  };
}

function partsOf(list: readonly unknown[]): MessageParts {
  const parts = new MessageParts();
  for (const part of list) {
    const text = textOf(member(part, 'text'));
    const call = member(part, 'functionCall');
    const name = textOf(member(call, 'name'));
    if (text !== undefined && member(part, 'thought') === true) parts.addReasoning(text);
    else if (text !== undefined) parts.addText(text);
    else if (name !== undefined) parts.addToolCall(textOf(member(call, 'id')), name, member(call, 'args'));
    else parts.addOther(part);
  }
  return parts;
}

function usageFrom(metadata: unknown): Usage {
  const thoughts = countOf(member(metadata, 'thoughtsTokenCount'));
  const cached = countOf(member(metadata, 'cachedContentTokenCount'));
  return {
    ...usageOf(
      countOf(member(metadata, 'promptTokenCount')),
      countOf(member(metadata, 'candidatesTokenCount')) + thoughts,
      countOf(member(metadata, 'totalTokenCount')),
    ),
    ...(cached === 0 ? undefined : { prompt_tokens_details: { cached_tokens: cached } }),
    ...(thoughts === 0 ? undefined : { completion_tokens_details: { reasoning_tokens: thoughts } }),
  };
}
