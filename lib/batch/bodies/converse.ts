import { countOf, isObject, type JSONObject, listOf, member, textOf } from '../json/json-value';
import { type BodyFacts, type ChatCompletion, detailsOf, type Usage, usageOf } from './chat-completion';
import { finishReason, isOrdinaryReason } from './finish-reason';
import { MessageParts } from './message-parts';
import { hasMore, merged, providerFields, restOf } from './provider-fields';

const TEXT = new Set(['text']);
const TOOL_BLOCK = new Set(['toolUse']);
const TOOL_USE = new Set(['toolUseId', 'name', 'input']);
const REASONING = new Set(['text']);
const COUNTED = new Set([
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cacheReadInputTokens',
  'cacheReadInputTokenCount',
]);
const MESSAGE = new Set(['role', 'content']);
const RESPONSE = new Set(['output', 'stopReason', 'usage']);

/** Tells whether a value is a response of Amazon's Converse API or of Amazon Nova, which has the same members. */
export function isConverseResponse(value: unknown): value is JSONObject {
  return isObject(value) && isObject(member(member(value, 'output'), 'message'));
}

/**
 * Converts a response of the Converse API to a chat completion.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function fromConverse(response: JSONObject, facts: BodyFacts): ChatCompletion {
  const message = member(member(response, 'output'), 'message');
  const parts = new MessageParts(facts.key);
  for (const block of listOf(member(message, 'content'))) addBlock(block, parts);
  const { stopReason: reason, usage } = response;
  return {
    id: `chatcmpl-${facts.key}`,
    object: 'chat.completion',
    created: facts.created,
    model: facts.model,
    choices: [
      {
        index: 0,
        message: parts.toMessage(),
        finish_reason: finishReason(reason, parts.hasToolCalls),
        logprobs: null,
        ...providerFields(isOrdinaryReason(reason) ? undefined : { stopReason: reason }, restOf(message, MESSAGE)),
      },
    ],
    usage: usageOfConverse(usage),
    ...providerFields(restOf(response, RESPONSE), hasMore(usage, COUNTED) ? { usage } : undefined),
  };
}

function addBlock(block: unknown, parts: MessageParts): void {
  const text = textOf(member(block, 'text'));
  const tool = member(block, 'toolUse');
  const name = textOf(member(tool, 'name'));
  const reasoning = member(member(block, 'reasoningContent'), 'reasoningText');
  const thought = textOf(member(reasoning, 'text'));
  const cited = member(block, 'citationsContent');
  if (text !== undefined) {
    parts.addText(text);
    if (hasMore(block, TEXT)) parts.keep(block);
  } else if (name !== undefined) {
    parts.addToolCall({
      id: textOf(member(tool, 'toolUseId')),
      name,
      input: member(tool, 'input'),
      rest: merged(restOf(block, TOOL_BLOCK), restOf(tool, TOOL_USE)),
    });
  } else if (thought !== undefined) {
    parts.addReasoning(thought);
    if (hasMore(reasoning, REASONING)) parts.keep(block);
  } else {
    if (isObject(cited)) addCited(cited, parts);
    parts.keep(block);
  }
}

/** Adds the citations of web pages; OpenAI's message has no place for others. */
function addCited(cited: JSONObject, parts: MessageParts): void {
  const start = parts.length;
  for (const piece of listOf(member(cited, 'content'))) parts.addText(textOf(member(piece, 'text')) ?? '');
  for (const citation of listOf(member(cited, 'citations'))) {
    const url = textOf(member(member(member(citation, 'location'), 'web'), 'url'));
    if (url !== undefined) parts.addCitation(url, textOf(member(citation, 'title')) ?? '', start, parts.length);
  }
}

/** Converse counts cached input separately; OpenAI's `prompt_tokens` includes it. */
function usageOfConverse(usage: unknown): Usage {
  const cached = countOf(member(usage, 'cacheReadInputTokens') ?? member(usage, 'cacheReadInputTokenCount'));
  const written = countOf(member(usage, 'cacheWriteInputTokens') ?? member(usage, 'cacheWriteInputTokenCount'));
  const prompt = countOf(member(usage, 'inputTokens')) + cached + written;
  const completion = countOf(member(usage, 'outputTokens'));
  const details = detailsOf({ cached_tokens: cached });
  return {
    ...usageOf(prompt, completion, Math.max(countOf(member(usage, 'totalTokens')), prompt + completion)),
    ...(details && { prompt_tokens_details: details }),
  };
}
