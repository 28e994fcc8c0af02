import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Response } from 'express';
import type { PumpOptions } from './pump';
import { LARGEST_READ, ReadPool, SMALLEST_READ } from './read-pool';
import { divertibleTap, type SocketTap } from './socket-tap';
import { writeNow, writesPlainly } from './write-now';

const FIRST_READ = 64 * 1024;
/** TLS hands over records of at most 16 KiB: they are written together. */
const LARGEST_BATCH = 256 * 1024;
/** A client that takes longer than this for one write gets smaller ones, so that less memory waits for it. */
const SLOW_WRITE_MS = 1000;

/** Shared by all relays of the process, as its memory is. */
export const relayPool = new ReadPool();

/**
 * Moves a body of known length from a provider's connection to the response past the HTTP parser, with the same contract
 * as `pump`: resolves when `length` bytes were given to the response; what the provider sends beyond is dropped. The
 * connection cannot be used again and is the caller's to destroy.
 *
 * @returns undefined where this response cannot be relayed: nothing has happened to it then
 */
export function relay(
  response: IncomingMessage,
  length: number,
  res: Response,
  options: PumpOptions,
): Promise<void> | undefined {
  const tap = divertibleTap(response, length);
  if (tap === undefined || !writesPlainly(res)) return undefined;
  return new Promise((resolve, reject) => {
    new Relay(response, length, res, options, resolve, reject).start(response.socket, tap);
  });
}

class Relay {
  readonly #response: IncomingMessage;
  readonly #length: number;
  readonly #res: Response;
  readonly #options: PumpOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #lent = new Set<Buffer>();
  #socket: Socket | undefined;
  #unwatch: (() => void) | undefined;
  #isOver = false;
  #isPaused = false;
  /** Bytes taken from the provider, of which `#batched` are not yet given to the response. */
  #taken = 0;
  #batch: Buffer | undefined;
  #batched = 0;
  #wanted = FIRST_READ;
  #pausedAt = 0;

  constructor(
    response: IncomingMessage,
    length: number,
    res: Response,
    options: PumpOptions,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#response = response;
    this.#length = length;
    this.#res = res;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(socket: Socket, tap: SocketTap): void {
    const { signal } = this.#options.transfer;
    if (signal.aborted) {
      this.#reject(signal.reason);
      return;
    }
    this.#socket = socket;
    relayPool.join();
    this.#unwatch = this.#options.transfer.onAborted(this.#onAbort);
    this.#response.on('error', this.#onError).on('close', this.#onClose);
    this.#options.transfer.onSettled(this.#reclaim);
    this.#options.watchdog.enter('idle');
    this.#takeParsed();
    if (this.#isOver) return;
    const isTls = socket instanceof TLSSocket;
    tap.divert({
      readSize: () => relayPool.readSize(this.#wanted),
      receive: (bytes) => (isTls ? this.#collect(bytes) : this.#forward(bytes)),
    });
    if (this.#isPaused) socket.pause();
    else socket.resume();
  }

  /** The parser has already seen the first bytes, those that arrived with the head. */
  #takeParsed(): void {
    for (;;) {
      const chunk: Buffer | null = this.#response.read();
      if (chunk === null) return;
      this.#taken += chunk.length;
      this.#write(chunk);
      if (this.#isOver) return;
    }
  }

  #forward(bytes: Uint8Array): boolean {
    if (this.#isOver) return false;
    const length = Math.min(bytes.length, this.#length - this.#taken);
    const buffer = this.#take(length);
    buffer.set(length === bytes.length ? bytes : bytes.subarray(0, length));
    this.#taken += length;
    this.#write(length === buffer.length ? buffer : buffer.subarray(0, length), buffer);
    return this.#wantsMore();
  }

  /** Not from a client that is gone: until that is known here, every read would wait for a write that never ends well. */
  #wantsMore(): boolean {
    return !this.#isOver && !this.#isPaused && this.#res.socket?.destroyed !== true;
  }

  #collect(bytes: Uint8Array): boolean {
    let rest = bytes.length > this.#length - this.#taken ? bytes.subarray(0, this.#length - this.#taken) : bytes;
    while (rest.length > 0 && !this.#isOver) {
      const batch = this.#batch ?? this.#openBatch(rest.length);
      const part = rest.subarray(0, batch.length - this.#batched);
      batch.set(part, this.#batched);
      this.#batched += part.length;
      this.#taken += part.length;
      rest = rest.subarray(part.length);
      if (this.#batched === batch.length || this.#taken === this.#length) this.#flush();
    }
    return this.#wantsMore();
  }

  #openBatch(least: number): Buffer {
    const size = Math.min(LARGEST_BATCH, relayPool.readSize(this.#wanted));
    this.#batch = this.#take(Math.max(size, least));
    // All that is decrypted in this turn of the event loop is written at its end.
    setImmediate(this.#flushAndStop);
    return this.#batch;
  }

  readonly #flushAndStop = (): void => {
    if (this.#batch === undefined || this.#isOver) return;
    this.#flush();
    if (this.#isPaused) this.#socket?.pause();
  };

  #flush(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    const length = this.#batched;
    this.#batch = undefined;
    this.#batched = 0;
    this.#write(batch.subarray(0, length), batch);
  }

  #take(length: number): Buffer {
    const buffer = relayPool.take(length);
    this.#lent.add(buffer);
    return buffer;
  }

  #giveBack(buffer: Buffer, isFree: boolean): void {
    if (!this.#lent.delete(buffer)) return;
    if (isFree) relayPool.give(buffer);
    else relayPool.forget(buffer);
  }

  #write(bytes: Buffer, lent?: Buffer): void {
    const { transfer, watchdog, maxBytes, onTooLarge } = this.#options;
    try {
      if (this.#taken > maxBytes) throw onTooLarge();
      if (transfer.bytesWritten === 0) this.#options.writeHead();
    } catch (error) {
      if (lent !== undefined) this.#giveBack(lent, true);
      this.#fail(error);
      return;
    }
    transfer.wrote(bytes.length);
    writeNow(this.#res, bytes, (error) => {
      // Only a write that is known to have ended has let go of its buffer.
      if (lent !== undefined) this.#giveBack(lent, error === null || error === undefined);
      this.#afterWrite();
    });
    if (this.#taken === this.#length && this.#batched === 0) this.#finish();
    else if (this.#res.writableLength > 0) this.#pause();
    else {
      watchdog.activity();
      this.#wanted = Math.min(LARGEST_READ, this.#wanted * 2);
    }
  }

  #pause(): void {
    if (this.#isPaused || this.#isOver) return;
    this.#isPaused = true;
    this.#pausedAt = performance.now();
    this.#options.watchdog.enter('clientIdle');
  }

  #afterWrite(): void {
    if (!this.#isPaused || this.#isOver || this.#res.writableLength > 0) return;
    this.#isPaused = false;
    const isSlow = performance.now() - this.#pausedAt > SLOW_WRITE_MS;
    this.#wanted = isSlow ? Math.max(SMALLEST_READ, this.#wanted / 2) : Math.min(LARGEST_READ, this.#wanted * 2);
    this.#options.watchdog.enter('idle');
    this.#socket?.resume();
  }

  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onClose = (): void => this.#fail(new Error('The stream closed before its end.'));
  readonly #onAbort = (): void => this.#fail(this.#options.transfer.signal.reason);

  #fail(error: unknown): void {
    if (this.#isOver) return;
    // The client gets all that arrived before the failure.
    if (this.#batch !== undefined) this.#flush();
    this.#stop();
    this.#reject(error);
  }

  #finish(): void {
    this.#stop();
    this.#resolve();
  }

  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#response.off('error', this.#onError).off('close', this.#onClose);
    this.#response.on('error', ignore);
    this.#unwatch?.();
    relayPool.leave();
  }

  /** A response that closes without having passed its writes on does not call them back. */
  readonly #reclaim = (): void => {
    for (const buffer of this.#lent) this.#giveBack(buffer, false);
  };
}

function ignore(): void {}
