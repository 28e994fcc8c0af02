import { type ChatCompletion, choice, finishReason, MessageParts, type Usage, usageOf } from './chat-completion';
import { countOf, isObject, type JSONObject, listOf, member, textOf } from './json-value';
import { UNKNOWN } from './row';

/** An answer of Anthropic's Messages API; Vertex and Bedrock give it for Claude. */
export function isAnthropicMessage(value: unknown): value is JSONObject {
  return isObject(value) && value.type === 'message' && Array.isArray(value.content);
}

export function fromAnthropicMessage(message: JSONObject, created: number): ChatCompletion {
  const parts = new MessageParts();
  for (const block of listOf(message.content)) {
    const text = textOf(member(block, 'text'));
    const thinking = textOf(member(block, 'thinking'));
    const name = textOf(member(block, 'name'));
    const type = member(block, 'type');
    if (type === 'text' && text !== undefined) parts.addText(text);
    else if (type === 'thinking' && thinking !== undefined) parts.addReasoning(thinking);
    else if (type === 'tool_use' && name !== undefined) {
      parts.addToolCall(textOf(member(block, 'id')), name, member(block, 'input'));
    } else parts.addOther(block);
  }
  return {
    id: textOf(message.id) ?? `chatcmpl-${UNKNOWN}`,
    object: 'chat.completion',
    created,
    model: textOf(message.model) ?? UNKNOWN,
    choices: [choice(0, parts.toMessage(), finishReason(message.stop_reason, parts.hasToolCalls))],
    usage: usageFrom(message.usage),
  };
}

/** Anthropic counts cached input apart from the rest; OpenAI's `prompt_tokens` has both. */
function usageFrom(usage: unknown): Usage {
  const cached = countOf(member(usage, 'cache_read_input_tokens'));
  const written = countOf(member(usage, 'cache_creation_input_tokens'));
  const prompt = countOf(member(usage, 'input_tokens')) + cached + written;
  return {
    ...usageOf(prompt, countOf(member(usage, 'output_tokens'))),
    ...(cached === 0 ? undefined : { prompt_tokens_details: { cached_tokens: cached } }),
  };
}
