import { createHash } from 'node:crypto';
import type { JSONObject } from '../json-value';
import { stringifyJSON } from '../number-list';
import type { Annotation, Message, ToolCall } from './chat-completion';

/** A call as a provider has it. */
export interface CallPart {
  readonly id: string | undefined;
  readonly name: string;
  readonly input: unknown;
  /** What OpenAI's tool call has no member for. */
  readonly rest: JSONObject | undefined;
}

/** Collects a message from parts of which each may be text, reasoning, a tool call or something else. */
export class MessageParts {
  readonly #key: string;
  #content: string | undefined;
  #reasoning: string | undefined;
  #audio: Message['audio'];
  readonly #toolCalls: ToolCall[] = [];
  readonly #annotations: Annotation[] = [];
  readonly #others: unknown[] = [];

  /** @param key tells this message from all others: ids of calls that have none are made of it */
  constructor(key: string) {
    this.#key = key;
  }

  /** How long the text is so far, in characters. */
  get length(): number {
    return this.#content?.length ?? 0;
  }

  get hasToolCalls(): boolean {
    return this.#toolCalls.length > 0;
  }

  addText(text: string): void {
    this.#content = (this.#content ?? '') + text;
  }

  addReasoning(text: string): void {
    this.#reasoning = (this.#reasoning ?? '') + text;
  }

  addToolCall({ id, name, input, rest }: CallPart): void {
    this.#toolCalls.push({
      id: this.#unusedId(id),
      type: 'function',
      function: { name, arguments: typeof input === 'string' ? input : stringifyJSON(input ?? {}) },
      ...(rest && { provider_specific_fields: rest }),
    });
  }

  /** Cites a web page for the characters from `start` to `end`, which is the position after the last one. */
  addCitation(url: string, title: string, start: number, end: number): void {
    const place = { start_index: start, end_index: end };
    this.#annotations.push({ type: 'url_citation', url_citation: { ...place, title, url } });
  }

  /** Adds speech, in base64. OpenAI's message has place for one; `false` where it is taken. */
  addAudio(data: string): boolean {
    if (this.#audio !== undefined) return false;
    this.#audio = { id: `audio_${this.#hash('audio')}`, data, expires_at: 0, transcript: '' };
    return true;
  }

  /** Keeps a part that OpenAI's message has no place for, or not for all of it. */
  keep(part: unknown): void {
    this.#others.push(part);
  }

  toMessage(): Message {
    return {
      role: 'assistant',
      content: this.#content ?? null,
      refusal: null,
      ...(this.#reasoning !== undefined && { reasoning_content: this.#reasoning }),
      ...(this.#toolCalls.length > 0 && { tool_calls: this.#toolCalls }),
      ...(this.#annotations.length > 0 && { annotations: this.#annotations }),
      ...(this.#audio && { audio: this.#audio }),
      ...(this.#others.length > 0 && { provider_specific_fields: { content: this.#others } }),
    };
  }

  /** The same for every download; OpenAI takes at most 40 characters back. */
  #unusedId(id: string | undefined): string {
    const isUsable = id !== undefined && id !== '' && !this.#toolCalls.some((call) => call.id === id);
    return isUsable ? id : `call_${this.#hash(String(this.#toolCalls.length))}`;
  }

  #hash(name: string): string {
    return createHash('sha256').update(`${this.#key} ${name}`).digest('hex').slice(0, 24);
  }
}
