import { countOf, type JSONObject } from '../json/json-value';
import type { FinishReason } from './finish-reason';

/** The members of OpenAI's chat completion that converted rows have. */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: Choice[];
  usage: Usage;
  provider_specific_fields?: JSONObject | undefined;
}

export interface Choice {
  index: number;
  message: Message;
  finish_reason: FinishReason;
  logprobs: { content: readonly TokenLogprob[] | null; refusal: null } | null;
  provider_specific_fields?: JSONObject | undefined;
}

export interface Message {
  role: 'assistant';
  content: string | null;
  refusal: null;
  reasoning_content?: string;
  tool_calls?: readonly ToolCall[];
  annotations?: readonly Annotation[];
  audio?: { id: string; data: string; expires_at: number; transcript: string };
  /** The provider's parts that OpenAI's message cannot represent completely, unchanged. */
  provider_specific_fields?: { content: readonly unknown[] };
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  provider_specific_fields?: JSONObject | undefined;
}

export interface Annotation {
  type: 'url_citation';
  /** Both count characters of the message's content. `end_index` is behind the last one, as in OpenAI's examples. */
  url_citation: { start_index: number; end_index: number; title: string; url: string };
}

export interface TokenLogprob {
  token: string;
  logprob: unknown;
  bytes: null;
  top_logprobs?: readonly TokenLogprob[];
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; audio_tokens?: number };
  completion_tokens_details?: { reasoning_tokens?: number; audio_tokens?: number };
}

/** Facts for a converter that are not in the provider's body. */
export interface BodyFacts {
  /** The time in Unix seconds. */
  readonly created: number;
  /** The model if the body names none. */
  readonly model: string;
  /** Identifies this row. Ids that the provider did not give are derived from it. */
  readonly key: string;
}

/** No model returns so many choices. A converted choice takes many times the bytes of a tiny item. */
const MAX_CHOICES = 1024;

/** Converts each item to a choice. @throws RangeError if there are more choices than any model returns */
export function toChoices(items: readonly unknown[], toChoice: (item: unknown, index: number) => Choice): Choice[] {
  if (items.length > MAX_CHOICES) throw new RangeError(`The row has more than ${MAX_CHOICES} choices.`);
  return items.map(toChoice);
}

/** Makes the usage that every provider has. `total` defaults to the sum. */
export function usageOf(prompt: number, completion: number, total = 0): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total || prompt + completion };
}

/** Returns the details of a count without those that are 0, or nothing if all are 0. */
export function detailsOf<Name extends string>(
  counts: Readonly<Record<Name, number>>,
): Partial<Record<Name, number>> | undefined {
  const details: Partial<Record<Name, number>> = {};
  let isEmpty = true;
  for (const name in counts) {
    if (countOf(counts[name]) === 0) continue;
    details[name] = counts[name];
    isEmpty = false;
  }
  return isEmpty ? undefined : details;
}
