import { countOf, type JSONObject } from '../json-value';
import type { FinishReason } from './finish-reason';

/** A chat completion of OpenAI, as far as converted rows have its members. */
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
  /** Parts of which OpenAI's message does not hold everything, as the provider wrote them. */
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

/** What a converter knows besides the provider's body. */
export interface BodyFacts {
  /** Unix seconds. */
  readonly created: number;
  /** Named where the body names no model. */
  readonly model: string;
  /** Tells this row from all others: ids that the provider did not give are made of it. */
  readonly key: string;
}

/** No model gives so many; each costs many times the bytes of a tiny item. */
const MAX_CHOICES = 1024;

/** Makes a choice of each item. @throws RangeError where there are more than any model gives */
export function toChoices(items: readonly unknown[], toChoice: (item: unknown, index: number) => Choice): Choice[] {
  if (items.length > MAX_CHOICES) throw new RangeError(`The row has more than ${MAX_CHOICES} choices.`);
  return items.map(toChoice);
}

/** The counts that every provider has. `total` is the sum where the provider does not give it. */
export function usageOf(prompt: number, completion: number, total = 0): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total || prompt + completion };
}

/** Details of a count; none of those that are 0, and nothing where all are. */
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
