import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isReadingOver, waitToRead } from '../../transfer/event-loop/fair-turns';
import type { Recipient } from '../../transfer/recipient';
import type { ViaReason } from '../../transfer/record';
import { divertibleTap, firstOf, LARGEST_READ, type SocketTap, tapObstacle } from '../../upstream/agents/socket-tap';
import type { PumpOptions } from '../client/pump';
import { writeNow, writesPlainly } from '../client/write-now';
import { BufferLease, relayPool, SMALLEST_READ } from './buffer-pool';
import { Gathering } from './record-batch';

const FIRST_READ = 64 * 1024;
/**
 * The bytes after which another transfer gets its turn. A provider on a fast network fills a connection as fast as it
 * is read, and Node would keep reading it: nothing else in the process, including small files and health checks, would
 * be served.
 */
const SHARE = LARGEST_READ;
/**
 * The size of a read after reading has used its time in this turn. A readable connection is always read once, so the
 * read is made small. This has no effect on TLS, which decrypts everything.
 */
const LATE_READ = 4 * 1024;
/** A client that needs longer than this for one write gets smaller ones, so that less memory waits for it. */
const SLOW_WRITE_MS = 1000;

/** Says why a body of `length` bytes must take the pipeline, or returns undefined if it can be relayed. */
export function relayObstacle(response: IncomingMessage, length: number, res: Recipient): ViaReason | undefined {
  const obstacle = tapObstacle(response, length);
  if (obstacle !== undefined || writesPlainly(res)) return obstacle;
  if (res.req === undefined) return 'no_client';
  return res.req.socket instanceof Socket ? 'wrapped_write' : 'client_connection';
}

/**
 * Moves a body of known length from a provider's connection to the response, bypassing the HTTP parser. The contract is
 * that of `pump`: it resolves when `length` bytes were written to the response, and drops any further bytes. The
 * connection cannot be used again; the caller must destroy it.
 *
 * @returns undefined if this response cannot be relayed; it is then untouched
 */
export function relay(
  response: IncomingMessage,
  length: number,
  res: Recipient,
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
  readonly #res: ServerResponse;
  readonly #options: PumpOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #lease = new BufferLease(relayPool);
  /** Set over TLS. */
  #gathering: Gathering | undefined;
  #socket: Socket | undefined;
  #unwatch: (() => void) | undefined;
  #isOver = false;
  #isPaused = false;
  #hasHead = false;
  /** The number of body bytes received from the provider. */
  #taken = 0;
  /** Those of them that were given to the response. */
  #given = 0;
  /** Bytes taken since others had their turn. */
  #share = 0;
  #isWaitingForTurn = false;
  #wanted = FIRST_READ;
  #pausedAt = 0;

  constructor(
    response: IncomingMessage,
    length: number,
    res: ServerResponse,
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
    // A response that closes with pending writes does not call their callbacks.
    this.#options.transfer.onSettled(() => this.#lease.discardAll());
    this.#options.watchdog.enter('idle');
    this.#takeParsed();
    if (this.#isOver) return;
    if (socket instanceof TLSSocket) {
      this.#gathering = new Gathering(
        (atLeast) => this.#lease.acquire(Math.max(relayPool.readSize(this.#wanted), atLeast)),
        (bytes) => this.#passBatch(bytes),
      );
    }
    tap.divert({
      readSize: () => (isReadingOver() && !this.#gathering ? LATE_READ : relayPool.readSize(this.#wanted)),
      receive: (bytes) => this.#receive(bytes),
    });
    if (this.#isPaused) socket.pause();
    else socket.resume();
  }

  /** Takes the first bytes, which arrived with the head and went through the parser. */
  #takeParsed(): void {
    for (;;) {
      const chunk: Buffer | null = this.#response.read();
      if (chunk === null) return;
      this.#taken += chunk.length;
      this.#write(chunk);
      if (this.#isOver) return;
    }
  }

  #receive(bytes: Uint8Array): boolean {
    if (this.#isOver) return false;
    const content = firstOf(bytes, this.#length - this.#taken);
    this.#taken += content.length;
    if (this.#gathering === undefined) this.#forward(content);
    else {
      this.#gathering.add(content);
      if (this.#taken === this.#length) this.#gathering.flush();
    }
    return this.#goesOn(content.length);
  }

  #forward(bytes: Uint8Array): void {
    const buffer = this.#lease.acquire(bytes.length);
    buffer.set(bytes);
    this.#write(firstOf(buffer, bytes.length));
  }

  #passBatch(bytes: Buffer): void {
    if (this.#isOver) {
      this.#lease.release(bytes);
      return;
    }
    this.#write(bytes);
    if (this.#isPaused) this.#socket?.pause();
  }

  /** Tells whether to read more in this turn. */
  #goesOn(length: number): boolean {
    if (!this.#wantsMore() || this.#isWaitingForTurn) return false;
    this.#share += length;
    if (this.#share < SHARE && !isReadingOver()) return true;
    this.#isWaitingForTurn = true;
    waitToRead(this.#nextTurn);
    return false;
  }

  readonly #nextTurn = (): void => {
    this.#share = 0;
    this.#isWaitingForTurn = false;
    if (this.#wantsMore()) this.#socket?.resume();
  };

  /**
   * Tells whether more bytes are wanted. They are not if the client's socket is destroyed, which is known before the
   * response closes: every write would fail.
   */
  #wantsMore(): boolean {
    return !this.#isOver && !this.#isPaused && this.#res.socket?.destroyed !== true;
  }

  #write(bytes: Uint8Array): void {
    const { transfer, watchdog, maxBytes, onTooLarge } = this.#options;
    try {
      if (transfer.bytesWritten + bytes.length > maxBytes) throw onTooLarge();
      if (!this.#hasHead) this.#options.writeHead();
      this.#hasHead = true;
    } catch (error) {
      this.#lease.release(bytes);
      this.#fail(error);
      return;
    }
    this.#given += bytes.length;
    transfer.wrote(bytes);
    writeNow(this.#res, bytes, (error) => {
      // Only a successful write has released its buffer.
      if (error === null || error === undefined) this.#lease.release(bytes);
      this.#afterWrite();
    });
    if (this.#given === this.#length) this.#finish();
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
    if (!this.#isWaitingForTurn) this.#socket?.resume();
  }

  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onClose = (): void => this.#fail(new Error('The stream closed before its end.'));
  readonly #onAbort = (): void => this.#fail(this.#options.transfer.signal.reason);

  #fail(error: unknown): void {
    if (this.#isOver) return;
    // The client gets everything that arrived before the failure.
    this.#gathering?.flush();
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
}

function ignore(): void {}
