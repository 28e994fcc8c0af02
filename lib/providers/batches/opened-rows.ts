import type { LocatedProvider, LocateRequest } from '../../provider-contract/provider';
import type { Exchange } from '../../upstream/exchange';

/** The request for rows that a provider gets. */
export type RowsRequest = Omit<LocateRequest, 'method' | 'query'>;

/** Rows in JSONL that come from several requests, or from a part of a document. */
export interface OpenedRows {
  readonly body: RowStream;
  readonly contentType: string;
  /** In bytes, where it is known. */
  readonly contentLength?: number;
}

/** A provider that can return rows itself. */
export interface RowsProvider extends LocatedProvider {
  /** Returns the results of a batch. Undefined, or a promise of it, for everything that must be located. */
  openContent(request: RowsRequest): Promise<OpenedRows | undefined> | undefined;
}

/** The media type of rows. */
export const JSONL = 'application/jsonl';

/**
 * A stream of the bytes of several responses in turn. Leaving it, even before the first byte, closes the provider's
 * connection.
 */
export class RowStream implements AsyncIterableIterator<Uint8Array> {
  readonly #rows: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #signal: AbortSignal;
  #current: Exchange | undefined;
  #isOver = false;

  /**
   * @param current the response that has already been requested
   * @param read yields the bytes; it calls `use` with each further response
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

/** Yields the chunks of a response. Throws an error that occurred after its head. */
export async function* chunksOf(given: Exchange): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of given.response) yield chunk as Buffer;
  } catch (error) {
    throw given.lateError ?? error;
  }
}
