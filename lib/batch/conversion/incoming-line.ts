import { type LineParts, PART_BYTES } from '../dialects/oversized-row';
import { type LineBudget, longLines } from './line-budget';

/**
 * Longer lines are converted on another thread. Converting a line of this length takes less than 5 ms, whatever it
 * contains.
 */
export const SHORT_LINE_BYTES = 24 * 1024;
/** The bytes of a line that a transfer may hold on its own. Longer lines count towards the budget of the process. */
const UNCOUNTED_BYTES = 256 * 1024;

/** A complete line: its bytes, or only its two ends if it was too long. */
export type CompletedLine =
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly parts?: undefined }
  | { readonly bytes?: undefined; readonly parts: LineParts };

/** The line that is arriving: at most `maxBytes` of it, or the two ends of a longer one. */
export class IncomingLine {
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  readonly #budget: LineBudget;
  #buffer: Buffer<ArrayBuffer> | undefined;
  #length = 0;
  #parts: LineParts | undefined;
  #taken = 0;

  constructor(maxBytes: number, signal: AbortSignal, budget: LineBudget = longLines) {
    this.#maxBytes = maxBytes;
    this.#signal = signal;
    this.#budget = budget;
  }

  get isEmpty(): boolean {
    return this.#length === 0 && this.#parts === undefined;
  }

  /** Appends a copy of `bytes`. Returns a promise if a long line must wait for memory. */
  add(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    const length = this.#length + bytes.length;
    if (this.#parts !== undefined || length > this.#maxBytes) {
      this.#addToParts(bytes);
      return undefined;
    }
    if (length > UNCOUNTED_BYTES && this.#taken === 0) return this.#addLong(bytes);
    this.#append(bytes);
    return undefined;
  }

  /** Ends the line and begins the next. Its share of the budget is kept until {@link release}. */
  complete(): CompletedLine {
    const parts = this.#parts;
    const bytes = (this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#length);
    this.#parts = undefined;
    this.#length = 0;
    // A long line is transferred to another thread.
    if (bytes.length > SHORT_LINE_BYTES) this.#buffer = undefined;
    return parts === undefined ? { bytes } : { parts };
  }

  /** Releases the last line, which is no longer used. */
  release(): void {
    const taken = this.#taken;
    this.#taken = 0;
    if (taken > 0) this.#budget.giveBack(taken);
  }

  async #addLong(bytes: Uint8Array): Promise<void> {
    await this.#budget.take(this.#maxBytes, this.#signal);
    this.#taken = this.#maxBytes;
    if (this.#signal.aborted) {
      this.release();
      throw this.#signal.reason;
    }
    this.#append(bytes);
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (this.#buffer === undefined || length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(this.#maxBytes, Math.max(length, 2 * (this.#buffer?.length ?? 512))),
      );
      this.#buffer?.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  #addToParts(bytes: Uint8Array): void {
    const held = this.#buffer?.subarray(0, this.#length) ?? Buffer.alloc(0);
    const head = this.#parts?.head ?? Buffer.concat([held.subarray(0, PART_BYTES), bytes]).subarray(0, PART_BYTES);
    const tail = Buffer.concat([this.#parts?.tail ?? held.subarray(-PART_BYTES), bytes.subarray(-PART_BYTES)]);
    this.#parts = { head, tail: tail.subarray(-PART_BYTES) };
    this.#buffer = undefined;
    this.#length = 0;
    this.release();
  }
}
