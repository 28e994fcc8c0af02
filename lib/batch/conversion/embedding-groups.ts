import type { Place } from '../dialects/fan-out-key';
import { errorRow, rowId } from '../dialects/row';

/** The number of characters of embeddings that may wait for the rest of their requests. */
const MAX_WAITING = 16 * 1024 * 1024;

/** One row of a request for embeddings of several inputs. */
export interface EmbeddingPart extends Place {
  readonly customId: string;
  readonly model: string;
  readonly tokens: number;
  /**
   * Members that OpenAI's list does not have, as JSON text: numbers kept as text would not survive the copy from
   * another thread.
   */
  readonly fields: string | undefined;
  /** Whether the text is the whole row of a failure instead of a vector. */
  readonly isFailure: boolean;
}

interface Waiting {
  readonly part: EmbeddingPart;
  readonly text: string;
}

/**
 * Joins embeddings whose inputs were one request: Vertex AI writes a row for each input, in any order, OpenAI one for
 * the request. If an input failed or is missing at the end, the request fails. If too much would have to wait, the rows
 * stay separate, each with its place in the list.
 */
export class EmbeddingGroups {
  readonly #groups = new Map<string, Waiting[]>();
  readonly #apart = new Set<string>();
  readonly #maxWaiting: number;
  #waiting = 0;

  constructor(maxWaiting: number = MAX_WAITING) {
    this.#maxWaiting = maxWaiting;
  }

  /** Adds one part. @returns the rows that can be written now, without line feeds */
  add(part: EmbeddingPart, text: string): readonly string[] {
    const { customId, total } = part;
    if (this.#apart.has(customId)) return [joined([{ part, text }])];
    const group = this.#groups.get(customId) ?? [];
    if (group.some((other) => other.part.index === part.index)) return [];
    this.#groups.set(customId, group);
    group.push({ part, text });
    this.#waiting += text.length;
    if (group.length === total) return [joined(this.#take(customId))];
    return this.#waiting > this.#maxWaiting ? this.#separate() : [];
  }

  /** @returns the rows of requests that are incomplete at the end of the file */
  end(): readonly string[] {
    return [...this.#groups.keys()].map((customId) => {
      const group = this.#take(customId);
      if (group.some(({ part }) => part.isFailure)) return joined(group);
      const message = `${group.length} of the ${group[0]?.part.total} inputs of this request have an embedding.`;
      return JSON.stringify(errorRow(idOf(customId), 'incomplete_row', message, customId));
    });
  }

  #take(customId: string): readonly Waiting[] {
    const group = this.#groups.get(customId) ?? [];
    this.#groups.delete(customId);
    for (const { text } of group) this.#waiting -= text.length;
    return group;
  }

  #separate(): readonly string[] {
    return [...this.#groups.keys()].flatMap((customId) => {
      this.#apart.add(customId);
      return this.#take(customId).map((waiting) => joined([waiting]));
    });
  }
}

/** Joins parts into one row of OpenAI as text, without parsing them again. */
function joined(group: readonly Waiting[]): string {
  const parts = group.toSorted((one, other) => one.part.index - other.part.index);
  const failure = parts.find(({ part }) => part.isFailure);
  const first = parts[0]?.part;
  if (failure !== undefined || first === undefined) return failure?.text ?? '';
  const id = idOf(first.customId);
  const data = parts.map(({ part, text }) => `{"object":"embedding","index":${part.index},"embedding":${text}}`);
  const tokens = parts.reduce((sum, { part }) => sum + part.tokens, 0);
  const hasFields = parts.some(({ part }) => part.fields !== undefined);
  const fields = parts.map(({ part }) => part.fields ?? '{}').join(',');
  const usage = JSON.stringify({ prompt_tokens: tokens, total_tokens: tokens });
  const rest =
    `"model":${JSON.stringify(first.model)},"usage":${usage}` +
    `${hasFields ? `,"provider_specific_fields":{"rows":[${fields}]}` : ''}}`;
  return (
    `{"id":${JSON.stringify(id)},"custom_id":${JSON.stringify(first.customId)},"response":{"status_code":200,` +
    `"request_id":${JSON.stringify(id)},"body":{"object":"list","data":[${data.join(',')}],${rest}},"error":null}`
  );
}

function idOf(customId: string): string {
  return rowId(Buffer.from(customId));
}
