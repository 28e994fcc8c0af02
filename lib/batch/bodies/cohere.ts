import { countOf, isObject, type JSONObject, listOf, member, textOf } from '../json/json-value';
import { type BodyFacts, type ChatCompletion, usageOf } from './chat-completion';
import { finishReason, isOrdinaryReason } from './finish-reason';
import { MessageParts } from './message-parts';
import { providerFields, restOf } from './provider-fields';

const TOOL_CALL = new Set(['name', 'parameters']);
const RESPONSE = new Set(['response_id', 'generation_id', 'text', 'finish_reason', 'tool_calls']);

/** Tells whether a value is a response of Cohere Command R on Bedrock. */
export function isCohereResponse(value: unknown): value is JSONObject {
  return (
    isObject(value) && typeof value.text === 'string' && typeof (value.generation_id ?? value.response_id) === 'string'
  );
}

/**
 * Converts a response of Cohere Command R to a chat completion. Citations, documents and other members are kept.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command-r-plus.html
 */
export function fromCohere(output: JSONObject, facts: BodyFacts): ChatCompletion {
  const id = textOf(output.generation_id) ?? textOf(output.response_id) ?? facts.key;
  const parts = new MessageParts(id);
  const text = textOf(output.text) ?? '';
  if (text !== '' || listOf(output.tool_calls).length === 0) parts.addText(text);
  for (const call of listOf(output.tool_calls)) {
    const name = textOf(member(call, 'name'));
    if (name === undefined) parts.keep(call);
    else parts.addToolCall({ id: undefined, name, input: member(call, 'parameters'), rest: restOf(call, TOOL_CALL) });
  }
  const reason = output.finish_reason;
  const units = member(member(output, 'meta'), 'billed_units');
  const tokens = member(member(output, 'meta'), 'tokens') ?? units;
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: facts.created,
    model: textOf(output.model) ?? facts.model,
    choices: [
      {
        index: 0,
        message: parts.toMessage(),
        finish_reason: finishReason(reason, parts.hasToolCalls),
        logprobs: null,
        ...providerFields(isOrdinaryReason(reason) ? undefined : { finish_reason: reason }),
      },
    ],
    usage: usageOf(countOf(member(tokens, 'input_tokens')), countOf(member(tokens, 'output_tokens'))),
    ...providerFields(restOf(output, RESPONSE)),
  };
}
