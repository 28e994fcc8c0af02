import type { Place } from '../dialects/fan-out-key';
import { errorRow, rowId } from '../dialects/row';

/** The number of characters of embeddings that may wait for the rest of their requests. */
const MAX_WAITING = 16 * 1024 * 1024;
/** The requests whose rows stayed apart are known by their ids; if there are more, all rows stay apart from then on. */
const MAX_APART = 50_000;
/** The memory of one input besides its text, in characters: a file may have millions of short inputs. */
const INPUT_COST = 1024;

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

/** One row of OpenAI in pieces, without a line feed: it may be too long to be written in one turn of the event loop. */
export type JoinedRow = readonly string[];

const NONE: readonly JoinedRow[] = [];

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
  /** The parts of each request by their places. */
  readonly #groups = new Map<string, Map<number, Waiting>>();
  readonly #apart = new Set<string>();
  readonly #maxWaiting: number;
  #waiting = 0;

  constructor(maxWaiting: number = MAX_WAITING) {
    this.#maxWaiting = maxWaiting;
  }

  /** Takes one part. @returns the rows that can be written now; go through them before the next part is added */
  add(part: EmbeddingPart, text: string): Iterable<JoinedRow> {
    const { customId, total } = part;
    if (this.#apart.has(customId) || this.#apart.size > MAX_APART) return [joined([{ part, text }])];
    const group = this.#groups.get(customId) ?? new Map<number, Waiting>();
    if (group.has(part.index)) return NONE;
    this.#groups.set(customId, group);
    const waiting = { part, text };
    group.set(part.index, waiting);
    this.#waiting += costOf(waiting);
    if (group.size === total) return [joined(this.#take(customId))];
    return this.#waiting > this.#maxWaiting ? this.#separate() : NONE;
  }

  /** The rows of requests that are not whole at the end of the file. */
  *end(): Generator<JoinedRow, void, undefined> {
    for (const customId of this.#groups.keys()) {
      const group = this.#take(customId);
      if (group.some(({ part }) => part.isFailure)) yield joined(group);
      else {
        const message = `${group.length} of the ${group[0]?.part.total} inputs of this request have an embedding.`;
        yield [JSON.stringify(errorRow(idOf(customId), 'incomplete_row', message, customId))];
      }
    }
  }

  #take(customId: string): readonly Waiting[] {
    const group = [...(this.#groups.get(customId)?.values() ?? [])];
    this.#groups.delete(customId);
    for (const waiting of group) this.#waiting -= costOf(waiting);
    return group;
  }

  *#separate(): Generator<JoinedRow, void, undefined> {
    for (const customId of this.#groups.keys()) {
      this.#apart.add(customId);
      for (const waiting of this.#take(customId)) yield joined([waiting]);
    }
  }
}

function costOf({ part, text }: Waiting): number {
  return text.length + (part.fields?.length ?? 0) + INPUT_COST;
}

/** Puts one row together as text: nothing is parsed again. */
function joined(group: readonly Waiting[]): JoinedRow {
  const parts = group.toSorted((one, other) => one.part.index - other.part.index);
  const failure = parts.find(({ part }) => part.isFailure);
  const first = parts[0]?.part;
  if (failure !== undefined || first === undefined) return [failure?.text ?? ''];
  const id = JSON.stringify(idOf(first.customId));
  const tokens = parts.reduce((sum, { part }) => sum + part.tokens, 0);
  const pieces = [
    `{"id":${id},"custom_id":${JSON.stringify(first.customId)},"response":{"status_code":200,"request_id":${id},` +
      '"body":{"object":"list","data":[',
  ];
  for (const [place, { part, text }] of parts.entries()) {
    pieces.push(`${place === 0 ? '' : ','}{"object":"embedding","index":${part.index},"embedding":`, text, '}');
  }
  const usage = JSON.stringify({ prompt_tokens: tokens, total_tokens: tokens });
  pieces.push(`],"model":${JSON.stringify(first.model)},"usage":${usage}`);
  if (parts.some(({ part }) => part.fields !== undefined)) {
    pieces.push(',"provider_specific_fields":{"rows":[');
    for (const [place, { part }] of parts.entries()) pieces.push(place === 0 ? '' : ',', part.fields ?? '{}');
    pieces.push(']}');
  }
  pieces.push('}},"error":null}');
  return pieces;
}

function idOf(customId: string): string {
  return rowId(Buffer.from(customId));
}
