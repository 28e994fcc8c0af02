import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { types } from 'node:util';
import { isTurnOver } from '../../transfer/event-loop/fair-turns';
import { describeKind } from '../../values/describe-value';
import { invalidResult } from '../../values/mistakes';
import { isError } from '../../values/native-error';
import { unusable } from '../buffered/check-content';
import type { BodySource } from './body-source';

/**
 * The body of an opened file as a stream that ends only if all of it arrived. If the length is declared, the chunk that
 * completes it is held back until the source has ended: otherwise a source with more bytes would look complete to the
 * client.
 */
export class OpenedBody extends Readable {
  readonly #source: BodySource;
  readonly #length: number | undefined;
  readonly #provider: string;
  #received = 0;
  #held: Uint8Array | undefined;
  #isEnded = false;

  /**
   * @param length the declared length, in bytes
   * @param provider the name of the provider, for errors
   */
  constructor(source: BodySource, length: number | undefined, provider: string) {
    super();
    this.#source = source;
    this.#length = length;
    this.#provider = provider;
  }

  override _read(): void {
    this.#pull().catch((error: unknown) => this.destroy(isError(error) ? error : new Error(String(error))));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isEnded) this.#source.cancel(error);
    callback(error);
  }

  /** Reads until a chunk can be passed on. */
  async #pull(): Promise<void> {
    for (;;) {
      // A source that always has a chunk ready would block the event loop.
      if (isTurnOver()) await nextTurn();
      const { done, value } = await this.#source.next();
      if (this.destroyed) return;
      if (done === true) {
        this.#end();
        return;
      }
      if (!types.isUint8Array(value)) {
        const where = `provider ${this.#provider}: the iteration of "body"`;
        throw unusable(this.#provider, invalidResult(where, 'Uint8Arrays', describeKind(value)));
      }
      if (value.length > 0 && this.#take(value)) return;
    }
  }

  /** @returns whether the chunk was passed on */
  #take(chunk: Uint8Array): boolean {
    this.#received += chunk.length;
    const length = this.#length ?? Infinity;
    if (this.#received > length) throw new Error(`more than the declared ${length} bytes came`);
    if (this.#received === length) this.#held = chunk;
    else this.push(chunk);
    return this.#received < length;
  }

  #end(): void {
    this.#isEnded = true;
    if (this.#length !== undefined && this.#received < this.#length) {
      throw new Error(`${this.#received} of ${this.#length} bytes came`);
    }
    if (this.#held !== undefined) this.push(this.#held);
    this.push(null);
  }
}
