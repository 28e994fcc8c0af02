import type { Recipient } from '../../transfer/recipient';
import { GATHERED_BYTES } from '../../upstream/small-chunks';
import { writesPlainly } from './write-now';

/**
 * Writes to a response whose client may take nothing for a long time. Small chunks that must wait are copied into one
 * buffer, because each write of a chunked response costs several objects besides its bytes, and the high-water mark
 * counts only bytes. If the client is ready, a chunk is written at once.
 */
export class GatheredWrites {
  readonly #res: Recipient;
  readonly #onWrite: (bytes: Uint8Array) => void;
  /** A middleware's `write` may drop the callback that reports when the client is ready. */
  readonly #isCalledBack: boolean;
  #block: Buffer | undefined;
  #length = 0;
  #isScheduled = false;

  /** @param onWrite gets the bytes of each write to the response */
  constructor(res: Recipient, onWrite: (bytes: Uint8Array) => void) {
    this.#res = res;
    this.#onWrite = onWrite;
    this.#isCalledBack = writesPlainly(res);
  }

  /** @returns false if the source should wait for the response's `drain` */
  write(chunk: Uint8Array): boolean {
    if (chunk.length >= GATHERED_BYTES || (this.#block === undefined && this.#res.writableLength === 0)) {
      this.flush();
      return this.#write(chunk);
    }
    let rest = chunk;
    let isWanted = true;
    while (rest.length > 0) {
      const block = this.#open();
      const part = rest.subarray(0, block.length - this.#length);
      block.set(part, this.#length);
      this.#length += part.length;
      rest = rest.subarray(part.length);
      if (this.#length === block.length) isWanted = this.flush();
    }
    return isWanted;
  }

  /** Writes the gathered bytes. @returns as {@link write} */
  readonly flush = (): boolean => {
    this.#isScheduled = false;
    if (this.#block === undefined) return true;
    const bytes = this.#block.subarray(0, this.#length);
    this.#block = undefined;
    this.#length = 0;
    return this.#write(bytes);
  };

  #open(): Buffer {
    this.#block ??= Buffer.allocUnsafeSlow(GATHERED_BYTES);
    if (!this.#isCalledBack && !this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(this.#flushIfOpen);
    }
    return this.#block;
  }

  #write(bytes: Uint8Array): boolean {
    this.#onWrite(bytes);
    return this.#res.write(bytes, this.#onTaken);
  }

  readonly #onTaken = (error?: Error | null): void => {
    if (error === null || error === undefined) if (this.#res.writableLength === 0) this.#flushIfOpen();
  };

  /** Nothing may be written to a response that has ended or was destroyed meanwhile. */
  readonly #flushIfOpen = (): void => {
    if (!this.#res.writableEnded && !this.#res.destroyed) this.flush();
    else this.#block = undefined;
  };
}
