import { countOf, isObject, type JSONObject, listOf, member, textOf } from '../json/json-value';
import { type BodyFacts, type ChatCompletion, detailsOf, type Usage, usageOf } from './chat-completion';
import { finishReason, isOrdinaryReason } from './finish-reason';
import { MessageParts } from './message-parts';
import { hasMore, providerFields, restOf } from './provider-fields';

const TEXT = new Set(['type', 'text']);
const THINKING = new Set(['type', 'thinking']);
const TOOL_USE = new Set(['type', 'id', 'name', 'input']);
const USAGE = new Set(['input_tokens', 'output_tokens', 'cache_read_input_tokens']);
const MESSAGE = new Set(['id', 'type', 'role', 'model', 'content', 'stop_reason', 'stop_sequence', 'usage']);

/** Tells whether a value is a response of Anthropic's Messages API. Vertex AI and Bedrock return it for Claude. */
export function isAnthropicMessage(value: unknown): value is JSONObject {
  return isObject(value) && member(value, 'type') === 'message' && Array.isArray(member(value, 'content'));
}

/**
 * Converts a message of Claude to a chat completion.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export function fromAnthropicMessage(message: JSONObject, facts: BodyFacts): ChatCompletion {
  const id = textOf(message.id);
  const parts = partsOf(listOf(message.content), new MessageParts(id ?? facts.key));
  const { stop_reason: reason, stop_sequence: sequence, usage } = message;
  return {
    id: id ?? `chatcmpl-${facts.key}`,
    object: 'chat.completion',
    created: facts.created,
    model: textOf(message.model) ?? facts.model,
    choices: [
      {
        index: 0,
        message: parts.toMessage(),
        finish_reason: finishReason(reason, parts.hasToolCalls),
        logprobs: null,
        ...providerFields(
          isOrdinaryReason(reason) ? undefined : { stop_reason: reason },
          typeof sequence === 'string' ? { stop_sequence: sequence } : undefined,
        ),
      },
    ],
    usage: usageFrom(usage),
    ...providerFields(restOf(message, MESSAGE), hasMore(usage, USAGE) ? { usage } : undefined),
  };
}

function partsOf(blocks: readonly unknown[], parts: MessageParts): MessageParts {
  for (const block of blocks) {
    const type = member(block, 'type');
    const text = textOf(member(block, 'text'));
    const thinking = textOf(member(block, 'thinking'));
    const name = textOf(member(block, 'name'));
    if (type === 'text' && text !== undefined) {
      const start = parts.length;
      parts.addText(text);
      cite(listOf(member(block, 'citations')), parts, start);
      if (hasMore(block, TEXT)) parts.keep(block);
    } else if (type === 'thinking' && thinking !== undefined) {
      parts.addReasoning(thinking);
      if (hasMore(block, THINKING)) parts.keep(block);
    } else if (type === 'tool_use' && name !== undefined) {
      const id = textOf(member(block, 'id'));
      parts.addToolCall({ id, name, input: member(block, 'input'), rest: restOf(block, TOOL_USE) });
    } else parts.keep(block);
  }
  return parts;
}

/** Adds the citations of web pages; OpenAI's message has no place for others. */
function cite(citations: readonly unknown[], parts: MessageParts, start: number): void {
  for (const citation of citations) {
    const url = textOf(member(citation, 'url'));
    if (url !== undefined) parts.addCitation(url, textOf(member(citation, 'title')) ?? '', start, parts.length);
  }
}

/** Anthropic counts cached input separately; OpenAI's `prompt_tokens` includes it. */
function usageFrom(usage: unknown): Usage {
  const cached = countOf(member(usage, 'cache_read_input_tokens'));
  const written = countOf(member(usage, 'cache_creation_input_tokens'));
  const prompt = countOf(member(usage, 'input_tokens')) + cached + written;
  const input = detailsOf({ cached_tokens: cached });
  const thinking = countOf(member(member(usage, 'output_tokens_details'), 'thinking_tokens'));
  const output = detailsOf({ reasoning_tokens: thinking });
  return {
    ...usageOf(prompt, countOf(member(usage, 'output_tokens'))),
    ...(input && { prompt_tokens_details: input }),
    ...(output && { completion_tokens_details: output }),
  };
}
