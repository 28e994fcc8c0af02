import { createHash } from 'node:crypto';
import type { JSONObject } from '../json/json-value';
import { stringifyJSON } from '../json/number-list';
import type { Annotation, Message, ToolCall } from './chat-completion';

/** A tool call of a provider. */
export interface CallPart {
  readonly id: string | undefined;
  readonly name: string;
  readonly input: unknown;
  /** The members that OpenAI's tool call does not have. */
  readonly rest: JSONObject | undefined;
}

/** Builds a message from parts: text, reasoning, tool calls and others. */
export class MessageParts {
  readonly #key: string;
  #content: string | undefined;
  #reasoning: string | undefined;
  #audio: Message['audio'];
  readonly #toolCalls: ToolCall[] = [];
  readonly #annotations: Annotation[] = [];
  readonly #others: unknown[] = [];

  /** @param key identifies this message; ids of calls that have none are derived from it */
  constructor(key: string) {
    this.#key = key;
  }

  /** The length of the text so far, in characters. */
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

  /** Cites a web page for the characters from `start` to `end` (exclusive). */
  addCitation(url: string, title: string, start: number, end: number): void {
    const place = { start_index: start, end_index: end };
    this.#annotations.push({ type: 'url_citation', url_citation: { ...place, title, url } });
  }

  /**
   * Adds audio in base64. Returns `false` if the message already has some, because OpenAI's message has a place for
   * only one.
   */
  addAudio(data: string): boolean {
    if (this.#audio !== undefined) return false;
    this.#audio = { id: `audio_${this.#hash('audio')}`, data, expires_at: 0, transcript: '' };
    return true;
  }

  /** Keeps a part that OpenAI's message cannot represent completely. */
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

  /** Makes an id that is the same for every download. OpenAI accepts at most 40 characters. */
  #unusedId(id: string | undefined): string {
    const isUsable = id !== undefined && id !== '' && !this.#toolCalls.some((call) => call.id === id);
    return isUsable ? id : `call_${this.#hash(String(this.#toolCalls.length))}`;
  }

  #hash(name: string): string {
    return createHash('sha256').update(`${this.#key} ${name}`).digest('hex').slice(0, 24);
  }
}
