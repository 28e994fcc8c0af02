import { stringifyJSON } from './number-list';

/** The parts of OpenAI's chat completion object that a converted row carries. */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: Choice[];
  usage: Usage;
}

export interface Choice {
  index: number;
  message: Message;
  finish_reason: FinishReason;
  logprobs: null;
}

export interface Message {
  role: 'assistant';
  content: string | null;
  reasoning_content?: string;
  tool_calls?: ToolCall[];
  /** What OpenAI's shape has no member for, as the provider wrote it. */
  provider_specific_fields?: { content: unknown[] };
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens: number };
  completion_tokens_details?: { reasoning_tokens: number };
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** What the provider calls the reasons to stop, in lower case. Everything else is an ordinary `stop`. */
const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['max_tokens', 'length'],
  ['length', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['tool_calls', 'tool_calls'],
  ['safety', 'content_filter'],
  ['recitation', 'content_filter'],
  ['blocklist', 'content_filter'],
  ['prohibited_content', 'content_filter'],
  ['spii', 'content_filter'],
  ['image_safety', 'content_filter'],
  ['content_filtered', 'content_filter'],
  ['guardrail_intervened', 'content_filter'],
  ['refusal', 'content_filter'],
]);

export function finishReason(reason: unknown, hasToolCalls = false): FinishReason {
  const known = typeof reason === 'string' ? FINISH_REASONS.get(reason.toLowerCase()) : undefined;
  return known ?? (hasToolCalls ? 'tool_calls' : 'stop');
}

export function usageOf(prompt: number, completion: number, total = 0): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total || prompt + completion };
}

/** Collects a message from parts of which each may be text, reasoning, a tool call or something else. */
export class MessageParts {
  #text: string[] = [];
  #reasoning: string[] = [];
  #toolCalls: ToolCall[] = [];
  #others: unknown[] = [];

  addText(text: string): void {
    this.#text.push(text);
  }

  addReasoning(text: string): void {
    this.#reasoning.push(text);
  }

  addToolCall(id: string | undefined, name: string, input: unknown): void {
    this.#toolCalls.push({
      id: id ?? `call_${this.#toolCalls.length}`,
      type: 'function',
      function: { name, arguments: stringifyJSON(input ?? {}) },
    });
  }

  addOther(part: unknown): void {
    this.#others.push(part);
  }

  get hasToolCalls(): boolean {
    return this.#toolCalls.length > 0;
  }

  toMessage(): Message {
    return {
      role: 'assistant',
      content: this.#text.length === 0 ? null : this.#text.join(''),
      ...(this.#reasoning.length === 0 ? undefined : { reasoning_content: this.#reasoning.join('') }),
      ...(this.#toolCalls.length === 0 ? undefined : { tool_calls: this.#toolCalls }),
      ...(this.#others.length === 0 ? undefined : { provider_specific_fields: { content: this.#others } }),
    };
  }
}

/** No model gives so many; each costs many times the bytes of a tiny item. */
const MAX_CHOICES = 1024;

/** Makes a choice of each item. @throws RangeError where there are more than any model gives */
export function toChoices(items: readonly unknown[], toChoice: (item: unknown, index: number) => Choice): Choice[] {
  if (items.length > MAX_CHOICES) throw new RangeError(`The row has more than ${MAX_CHOICES} choices.`);
  return items.map(toChoice);
}

export function choice(index: number, message: Message, reason: FinishReason): Choice {
  return { index, message, finish_reason: reason, logprobs: null };
}
