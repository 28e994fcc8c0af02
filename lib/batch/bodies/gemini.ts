import { isObject, type JSONObject, listOf, member, numberOf, textOf } from '../json/json-value';
import { type BodyFacts, type ChatCompletion, type Choice, toChoices } from './chat-completion';
import { finishReason, isOrdinaryReason } from './finish-reason';
import { citeGrounding } from './gemini-grounding';
import { logprobsOf } from './gemini-logprobs';
import { isCountedByOpenAI, usageOfGemini } from './gemini-usage';
import { MessageParts } from './message-parts';
import { hasMore, merged, providerFields, restOf } from './provider-fields';

const TEXT = new Set(['text', 'thought']);
const CALL_PART = new Set(['functionCall']);
const CALL = new Set(['id', 'name', 'args']);
const AUDIO = new Set(['data']);
const CANDIDATE = new Set(['index', 'content', 'finishReason']);
const RESPONSE = new Set(['candidates', 'responseId', 'createTime', 'modelVersion', 'usageMetadata']);

/** Tells whether a value is a response of Gemini's `generateContent`. */
export function isGeminiResponse(value: unknown): value is JSONObject {
  return isObject(value) && (Object.hasOwn(value, 'candidates') || Object.hasOwn(value, 'promptFeedback'));
}

/**
 * Converts a response of Gemini to a chat completion. A blocked prompt has no candidate; the completion then has one
 * choice without content, and the counted tokens.
 *
 * @see https://ai.google.dev/api/generate-content#generatecontentresponse
 */
export function fromGemini(response: JSONObject, facts: BodyFacts): ChatCompletion {
  const id = textOf(response.responseId) ?? facts.key;
  const candidates = listOf(response.candidates);
  const { usageMetadata: usage } = response;
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: secondsOf(response.createTime) ?? facts.created,
    model: textOf(response.modelVersion) ?? facts.model,
    choices:
      candidates.length === 0
        ? [withheld(new MessageParts(id))]
        : toChoices(candidates, (candidate, position) => choiceOf(candidate, position, id)),
    usage: usageOfGemini(usage),
    ...providerFields(restOf(response, RESPONSE), isCountedByOpenAI(usage) ? undefined : { usageMetadata: usage }),
  };
}

function withheld(parts: MessageParts): Choice {
  return { index: 0, message: parts.toMessage(), finish_reason: 'content_filter', logprobs: null };
}

function choiceOf(candidate: unknown, position: number, id: string): Choice {
  const index = numberOf(member(candidate, 'index')) ?? position;
  const parts = new MessageParts(`${id} ${index}`);
  /** The position of each part's text in the message. */
  const starts = listOf(member(member(candidate, 'content'), 'parts')).map((part) => {
    const start = parts.length;
    addPart(part, parts);
    return { part, start };
  });
  citeGrounding(member(candidate, 'groundingMetadata'), starts, parts);
  const reason = member(candidate, 'finishReason');
  return {
    index,
    message: parts.toMessage(),
    finish_reason: finishReason(reason, parts.hasToolCalls),
    logprobs: logprobsOf(member(candidate, 'logprobsResult')),
    ...providerFields(isOrdinaryReason(reason) ? undefined : { finishReason: reason }, restOf(candidate, CANDIDATE)),
  };
}

function addPart(part: unknown, parts: MessageParts): void {
  const text = textOf(member(part, 'text'));
  const call = member(part, 'functionCall');
  const name = textOf(member(call, 'name'));
  if (text !== undefined) {
    if (member(part, 'thought') === true) parts.addReasoning(text);
    else parts.addText(text);
    if (hasMore(part, TEXT)) parts.keep(part);
  } else if (name !== undefined) {
    parts.addToolCall({
      id: textOf(member(call, 'id')),
      name,
      input: member(call, 'args'),
      rest: merged(restOf(part, CALL_PART), restOf(call, CALL)),
    });
  } else addMedia(part, parts);
}

/** OpenAI's message has a place for audio, but not for its format, which is kept as a part without the data. */
function addMedia(part: unknown, parts: MessageParts): void {
  const media = member(part, 'inlineData');
  const data = textOf(member(media, 'data'));
  const isAudio = textOf(member(media, 'mimeType'))?.startsWith('audio/') === true;
  if (isAudio && data !== undefined && isObject(part) && parts.addAudio(data)) {
    parts.keep({ ...part, inlineData: restOf(media, AUDIO) });
  } else parts.keep(part);
}

/** Converts an RFC 3339 time to Unix seconds. */
export function secondsOf(time: unknown): number | undefined {
  const milliseconds = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}
