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
import { countOf, isObject, type JSONObject, listOf, member, statusOf, textOf } from './json-value';
import { customIdFrom, type FileFacts, failed, type RowContent, refused, succeeded, UNKNOWN } from './row';

/** Is this a row of the output of a batch inference job? A row of its input has neither an output nor an error. */
export function isBedrockRow(row: unknown): boolean {
  if (!isObject(row) || !(Object.hasOwn(row, 'recordId') || Object.hasOwn(row, 'modelInput'))) return false;
  return Object.hasOwn(row, 'modelOutput') || isObject(member(row, 'error'));
}

/**
 * A row of a batch inference job of Amazon Bedrock: `{ recordId, modelInput, modelOutput }`, or `error` in place of the
 * output ("View the results of a batch inference job", Amazon Bedrock user guide). The output is that of the model's own
 * family; one of an unknown shape, an embedding for example, is handed on as it is.
 */
export function readBedrockRow(row: unknown, facts: FileFacts): RowContent {
  const customId = customIdFrom(row, ['recordId']);
  const error = member(row, 'error');
  if (isObject(error)) return fromError(customId, error);
  const output = member(row, 'modelOutput');
  if (output === undefined || output === null) {
    return failed(customId, 'invalid_row', 'The row has neither an output nor an error.');
  }
  if (isAnthropicMessage(output)) {
    return succeeded(customId, fromAnthropicMessage(output, facts.created), textOf(output.id));
  }
  const completion = isObject(output) ? fromFamily(output) : undefined;
  if (completion === undefined) return succeeded(customId, output);
  const { choices, usage } = completion;
  const model = textOf(member(output, 'model')) ?? textOf(member(member(row, 'modelInput'), 'model')) ?? UNKNOWN;
  const id = `chatcmpl-${customId ?? UNKNOWN}`;
  return succeeded(customId, { id, object: 'chat.completion', created: facts.created, model, choices, usage });
}

/** `errorCode` is an HTTP status, or a word such as `ModelErrorException`. */
function fromError(customId: string | null, error: JSONObject): RowContent {
  const code = member(error, 'errorCode');
  const message = textOf(member(error, 'errorMessage')) ?? 'The provider reported an error for this record.';
  const status = statusOf(code);
  if (status === undefined) return failed(customId, textOf(code) ?? 'error', message);
  return refused(customId, status, { code: String(status), message }, 'provider_error');
}

type Family = Pick<ChatCompletion, 'choices' | 'usage'>;

function fromFamily(output: JSONObject): Family | undefined {
  const message = member(member(output, 'output'), 'message');
  if (isObject(message)) return fromConverse(output, message);
  if (Array.isArray(output.results)) return fromTitan(output, output.results);
  if (typeof output.generation === 'string') return fromLlama(output, output.generation);
  if (Array.isArray(output.outputs)) return fromMistral(output.outputs);
  return undefined;
}

/** The Converse API, and Amazon Nova's own output, which has the same members. */
function fromConverse(output: JSONObject, message: JSONObject): Family {
  const parts = new MessageParts();
  for (const block of listOf(message.content)) {
    const text = textOf(member(block, 'text'));
    const tool = member(block, 'toolUse');
    const name = textOf(member(tool, 'name'));
    const reasoning = textOf(member(member(member(block, 'reasoningContent'), 'reasoningText'), 'text'));
    if (text !== undefined) parts.addText(text);
    else if (name !== undefined) parts.addToolCall(textOf(member(tool, 'toolUseId')), name, member(tool, 'input'));
    else if (reasoning !== undefined) parts.addReasoning(reasoning);
    else parts.addOther(block);
  }
  const reason = finishReason(output.stopReason, parts.hasToolCalls);
  return { choices: [choice(0, parts.toMessage(), reason)], usage: converseUsage(output.usage) };
}

function converseUsage(usage: unknown): Usage {
  const cached = countOf(member(usage, 'cacheReadInputTokens') ?? member(usage, 'cacheReadInputTokenCount'));
  const written = countOf(member(usage, 'cacheWriteInputTokens') ?? member(usage, 'cacheWriteInputTokenCount'));
  return {
    ...usageOf(
      countOf(member(usage, 'inputTokens')) + cached + written,
      countOf(member(usage, 'outputTokens')),
      countOf(member(usage, 'totalTokens')),
    ),
    ...(cached === 0 ? undefined : { prompt_tokens_details: { cached_tokens: cached } }),
  };
}

/** Amazon Titan Text: `results` with `outputText` and `completionReason`, which is `FINISH`, `LENGTH` or a filter's name. */
function fromTitan(output: JSONObject, results: readonly unknown[]): Family {
  const completion = results.reduce((total: number, result) => total + countOf(member(result, 'tokenCount')), 0);
  return {
    choices: toChoices(results, (result, index) =>
      textChoice(index, member(result, 'outputText'), member(result, 'completionReason')),
    ),
    usage: usageOf(countOf(output.inputTextTokenCount), completion),
  };
}

/** Meta Llama. */
function fromLlama(output: JSONObject, generation: string): Family {
  return {
    choices: [textChoice(0, generation, output.stop_reason)],
    usage: usageOf(countOf(output.prompt_token_count), countOf(output.generation_token_count)),
  };
}

/** Mistral AI's text completion, which counts no tokens. */
function fromMistral(outputs: readonly unknown[]): Family {
  return {
    choices: toChoices(outputs, (item, index) => textChoice(index, member(item, 'text'), member(item, 'stop_reason'))),
    usage: usageOf(0, 0),
  };
}

function textChoice(index: number, text: unknown, reason: unknown) {
  const parts = new MessageParts();
  if (typeof text === 'string') parts.addText(text);
  return choice(index, parts.toMessage(), finishReason(reason));
}
