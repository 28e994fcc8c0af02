import { isObject, type JSONObject, listOf, member } from '../json/json-value';
import { type BodyFacts, usageOf } from './chat-completion';
import { finishReason, isOrdinaryReason } from './finish-reason';
import { providerFields, restOf } from './provider-fields';

/** Tells whether a value is already a response of one of OpenAI's APIs, which all have `object`. */
export function isOpenAIBody(value: unknown): value is JSONObject {
  return isObject(value) && typeof value.object === 'string' && Object.hasOwn(value, 'object');
}

/**
 * Tells whether a value is a response of Mistral AI's chat completion on Bedrock, which is OpenAI's with `stop_reason`
 * and without the members around the choices.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral-chat-completion.html
 */
export function isBareCompletion(value: unknown): value is JSONObject {
  return isObject(value) && isObject(member(listOf(value.choices)[0], 'message'));
}

/** Adds the missing members to a bare completion. */
export function completed(output: JSONObject, facts: BodyFacts): JSONObject {
  return {
    id: `chatcmpl-${facts.key}`,
    object: 'chat.completion',
    created: facts.created,
    model: facts.model,
    usage: usageOf(0, 0),
    ...output,
    choices: listOf(output.choices).map(choiceOf),
  };
}

const BARE_CHOICE = new Set(['message', 'stop_reason']);

function choiceOf(choice: unknown, index: number): JSONObject {
  const reason = member(choice, 'finish_reason') ?? member(choice, 'stop_reason');
  const message = member(choice, 'message');
  const calls = listOf(member(message, 'tool_calls'));
  return {
    index,
    logprobs: null,
    ...restOf(choice, BARE_CHOICE),
    message: {
      refusal: null,
      ...(isObject(message) ? message : undefined),
      ...(calls.length > 0 && { tool_calls: calls.map(typed) }),
    },
    finish_reason: finishReason(reason, calls.length > 0),
    ...providerFields(isOrdinaryReason(reason) ? undefined : { stop_reason: reason }),
  };
}

function typed(call: unknown): unknown {
  return isObject(call) ? { type: 'function', ...call } : call;
}
