import { countOf, listOf, member, numberOf, textOf } from '../json/json-value';
import type { MessageParts } from './message-parts';

/** A part of the response, and the position of its text in the message, in characters. */
interface PlacedPart {
  readonly part: unknown;
  readonly start: number;
}

/**
 * Adds citations of the web pages that support parts of the text. Gemini gives positions in bytes of one part, OpenAI
 * in characters of the whole message.
 *
 * @see https://ai.google.dev/api/generate-content#GroundingSupport
 */
export function citeGrounding(metadata: unknown, placed: readonly PlacedPart[], parts: MessageParts): void {
  const chunks = listOf(member(metadata, 'groundingChunks'));
  const positions = placed.map(({ part }) => new Positions(textOf(member(part, 'text')) ?? ''));
  for (const support of listOf(member(metadata, 'groundingSupports'))) {
    const segment = member(support, 'segment');
    const place = countOf(member(segment, 'partIndex'));
    const { part, start = 0 } = placed[place] ?? {};
    const position = positions[place];
    if (position === undefined || member(part, 'thought') === true) continue;
    const from = start + position.ofByte(countOf(member(segment, 'startIndex')));
    const to = start + position.ofByte(countOf(member(segment, 'endIndex')));
    for (const index of listOf(member(support, 'groundingChunkIndices'))) {
      const web = member(chunks[numberOf(index) ?? -1], 'web');
      const url = textOf(member(web, 'uri'));
      if (url !== undefined) parts.addCitation(url, textOf(member(web, 'title')) ?? '', from, to);
    }
  }
}

/**
 * Converts byte positions in a text to character positions. The table is made once, because there may be thousands of
 * positions.
 */
class Positions {
  readonly #text: string;
  #table: Uint32Array | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  ofByte(byte: number): number {
    this.#table ??= tableOf(this.#text);
    return byte < this.#table.length ? (this.#table[byte] ?? 0) : this.#text.length;
  }
}

function tableOf(text: string): Uint32Array {
  const table = new Uint32Array(Buffer.byteLength(text));
  let byte = 0;
  let position = 0;
  for (const character of text) {
    table.fill(position, byte, byte + Buffer.byteLength(character));
    byte += Buffer.byteLength(character);
    position += character.length;
  }
  return table;
}
