import { endOfTurn } from '../../transfer/event-loop/end-of-turn';

/**
 * Gathers bytes that arrive in small pieces, such as TLS records of at most 16 KiB. They are passed on when a buffer is
 * full, and at the end of the event loop's turn.
 */
export class Gathering {
  readonly #open: (atLeast: number) => Buffer;
  readonly #passOn: (bytes: Buffer) => void;
  #buffer: Buffer | undefined;
  #length = 0;

  /**
   * @param open returns a buffer of at least the given size
   * @param passOn gets the filled part of the buffer
   */
  constructor(open: (atLeast: number) => Buffer, passOn: (bytes: Buffer) => void) {
    this.#open = open;
    this.#passOn = passOn;
  }

  /** Adds a copy of `bytes`. */
  add(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      const buffer = this.#buffer ?? this.#begin(rest.length);
      const part = rest.subarray(0, buffer.length - this.#length);
      buffer.set(part, this.#length);
      this.#length += part.length;
      rest = rest.subarray(part.length);
      if (this.#length === buffer.length) this.flush();
    }
  }

  readonly flush = (): void => {
    if (this.#buffer === undefined) return;
    const bytes = this.#buffer.subarray(0, this.#length);
    this.#buffer = undefined;
    this.#length = 0;
    this.#passOn(bytes);
  };

  #begin(atLeast: number): Buffer {
    this.#buffer = this.#open(atLeast);
    void endOfTurn().then(this.flush);
    return this.#buffer;
  }
}
