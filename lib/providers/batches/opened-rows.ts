import type { LocatedProvider, LocateRequest } from '../../provider';
import type { Exchange } from '../../upstream/exchange';

/** What a provider needs to know to give rows. */
export type RowsRequest = Omit<LocateRequest, 'method' | 'query'>;

/** Rows in JSONL that come from more than one request, or from within a document. */
export interface OpenedRows {
  readonly body: RowStream;
  readonly contentType: string;
  /** In bytes, where it is known. */
  readonly contentLength?: number;
}

/** A provider that gives some contents itself. */
export interface RowsProvider extends LocatedProvider {
  /** Gives the results of a batch; undefined, or a promise of it, for everything that has to be located. */
  openContent(request: RowsRequest): Promise<OpenedRows | undefined> | undefined;
}

/** The media type of rows. */
export const JSONL = 'application/jsonl';

/**
 * Bytes that are read off one response after the other. Whoever leaves, before the first byte even, ends the provider's
 * connection.
 */
export class RowStream implements AsyncIterableIterator<Uint8Array> {
  readonly #rows: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #signal: AbortSignal;
  #current: Exchange | undefined;
  #isOver = false;

  /**
   * @param current the response that has been asked for already
   * @param read gives the bytes; it calls `use` with each further response
   */
  constructor(
    current: Exchange | undefined,
    signal: AbortSignal,
    read: (use: (exchange: Exchange) => Exchange) => AsyncGenerator<Uint8Array, void, undefined>,
  ) {
    this.#current = current;
    this.#signal = signal;
    this.#rows = read((exchange) => this.#use(exchange));
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.destroy();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    try {
      const result = await this.#rows.next();
      if (result.done === true) this.destroy();
      return result;
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    this.destroy();
    return { done: true, value: undefined };
  }

  /** Ends the connection. */
  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#current?.close();
    this.#rows.return().catch(() => undefined);
  }

  #use(exchange: Exchange): Exchange {
    this.#current?.close();
    this.#current = exchange;
    if (this.#isOver) {
      exchange.close();
      throw new Error('Nobody reads the rows any more.');
    }
    return exchange;
  }

  readonly #onAbort = (): void => this.destroy();
}

/** The chunks of a response, with what failed after its head. */
export async function* chunksOf(given: Exchange): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of given.response) yield chunk as Buffer;
  } catch (error) {
    throw given.lateError ?? error;
  }
}
