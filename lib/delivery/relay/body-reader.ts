import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { isReadingOver, waitToRead } from '../../transfer/event-loop/fair-turns';
import { divertibleTap, LARGEST_READ, type SocketTap } from '../../upstream/agents/socket-tap';
import { diskPool } from './buffer-pool';

/**
 * Reads a body of known length from its connection, bypassing the HTTP parser. The parser copies every chunk, and the
 * response stream reads the next one while the last is being stored; a thousand transfers would hold a quarter of a
 * gigabyte. Here each holds at most one leased buffer, and reads nothing while that is being stored.
 *
 * A chunk is valid until the next call of `next()`. The connection cannot be used again; the caller must destroy it.
 *
 * @returns undefined if the parser must be used; the response is then untouched
 */
export function readPastParser(
  response: IncomingMessage,
  length: number | undefined,
): AsyncIterable<Buffer> | undefined {
  if (length === undefined) return undefined;
  const tap = divertibleTap(response, length);
  return tap && { [Symbol.asyncIterator]: () => new BodyReader(response, length, tap) };
}

interface Waiter {
  resolve(result: IteratorResult<Buffer>): void;
  reject(error: Error): void;
}

interface Chunk {
  readonly buffer: Buffer;
  length: number;
  /** Whether the buffer belongs to the pool and must be returned. */
  readonly isLeased: boolean;
}

/** TLS records have at most 16 KiB. Those that are decrypted in one turn of the event loop are gathered. */
const GATHERED_BYTES = 128 * 1024;

class BodyReader implements AsyncIterator<Buffer> {
  readonly #response: IncomingMessage;
  readonly #length: number;
  readonly #isTls: boolean;
  /**
   * Chunks that have arrived and were not requested yet. There is more than one only over TLS, which emits records even
   * after it was told to stop.
   */
  readonly #arrived: Chunk[] = [];
  #handed: Chunk | undefined;
  #taken = 0;
  #waiter: Waiter | undefined;
  #error: Error | undefined;
  #isOver = false;

  constructor(response: IncomingMessage, length: number, tap: SocketTap) {
    this.#response = response;
    this.#length = length;
    this.#isTls = response.socket instanceof TLSSocket;
    diskPool.join();
    response.on('error', this.#onError).on('close', this.#onClose);
    // The parser has already processed the bytes that arrived with the head.
    for (let buffer: Buffer | null = response.read(); buffer !== null; buffer = response.read()) {
      this.#arrived.push({ buffer, length: buffer.length, isLeased: false });
      this.#taken += buffer.length;
    }
    tap.divert({
      readSize: () => diskPool.readSize(LARGEST_READ),
      receive: (bytes) => this.#receive(bytes),
    });
    if (this.#arrived.length > 0) response.socket.pause();
  }

  next(): Promise<IteratorResult<Buffer>> {
    this.#giveBack();
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#serve();
      if (this.#waiter !== undefined) this.#readOn();
    });
  }

  #readOn(): void {
    const { socket } = this.#response;
    if (isReadingOver()) waitToRead(() => socket.resume());
    else socket.resume();
  }

  return(): Promise<IteratorResult<Buffer>> {
    this.#stop();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Serves the waiting reader: bytes that have arrived, then the end, or the failure. */
  readonly #serve = (): void => {
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    const chunk = this.#arrived.shift();
    if (chunk !== undefined) {
      this.#waiter = undefined;
      this.#handed = chunk;
      waiter.resolve({ done: false, value: chunk.buffer.subarray(0, chunk.length) });
    } else if (this.#taken === this.#length) {
      this.#waiter = undefined;
      this.#stop();
      waiter.resolve({ done: true, value: undefined });
    } else if (this.#error !== undefined) {
      this.#waiter = undefined;
      this.#stop();
      waiter.reject(this.#error);
    }
  };

  #receive(bytes: Uint8Array): boolean {
    if (this.#isOver) return false;
    // Bytes beyond the declared length are dropped.
    this.#keep(bytes.subarray(0, Math.min(bytes.length, this.#length - this.#taken)));
    if (this.#isTls) setImmediate(this.#serve);
    else this.#serve();
    return false;
  }

  /** Copies bytes whose buffer is reused as soon as this returns. */
  #keep(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      let last = this.#arrived.at(-1);
      if (last === undefined || last.length === last.buffer.length) {
        const size = this.#isTls ? Math.min(GATHERED_BYTES, diskPool.readSize(LARGEST_READ)) : rest.length;
        last = { buffer: diskPool.acquire(size), length: 0, isLeased: true };
        this.#arrived.push(last);
      }
      const part = rest.subarray(0, last.buffer.length - last.length);
      last.buffer.set(part, last.length);
      last.length += part.length;
      this.#taken += part.length;
      rest = rest.subarray(part.length);
    }
  }

  #giveBack(): void {
    if (this.#handed?.isLeased === true) diskPool.release(this.#handed.buffer);
    this.#handed = undefined;
  }

  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onClose = (): void => this.#fail(new Error('The stream closed before its end.'));

  #fail(error: Error): void {
    this.#error ??= error;
    this.#serve();
  }

  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#giveBack();
    for (const { buffer, isLeased } of this.#arrived.splice(0)) if (isLeased) diskPool.release(buffer);
    this.#response.off('error', this.#onError).off('close', this.#onClose);
    diskPool.leave();
  }
}
