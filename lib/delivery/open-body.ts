import { EventEmitter } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FileContentError } from '../errors';
import type { Recipient } from '../transfer/recipient';
import { ownMembers } from '../values/own-members';

/** The bytes that the body holds for its reader before the provider must wait; at most one chunk more. */
const HIGH_WATER_MARK = 128 * 1024;

/** Called with the head of a file that is opened, or with the reason why there is none. */
export interface HeadListener {
  opened(status: 200 | 206, headers: OutgoingHttpHeaders): void;
  /** The response is a success without a file. */
  unfit(status: number): void;
  failed(error: FileContentError): void;
}

/**
 * Replaces a client's response for a reader in this process: bytes that are written to it can be read from {@link
 * body}. It closes when the reader has read every byte or leaves, or when the transfer fails.
 */
export class BodyRecipient extends EventEmitter implements Recipient {
  readonly body: Readable;
  readonly socket = null;
  statusCode = 200;
  statusMessage = '';
  headersSent = false;
  writableEnded = false;
  writableNeedDrain = false;
  readonly #listener: HeadListener;
  /** The bytes of the declared length that were not written yet. */
  #missing = Infinity;
  #last: Uint8Array | undefined;
  #failure: FileContentError | undefined;

  constructor(listener: HeadListener) {
    super();
    this.#listener = listener;
    this.body = new Readable(ownMembers({ highWaterMark: HIGH_WATER_MARK, read: () => this.#drain() }));
    // An error without a listener would end the process, and a reader may add its listener late.
    this.body.on('error', ignore);
    this.body.once('close', this.#onClose);
  }

  /** The number of bytes that the reader has not taken yet. */
  get writableLength(): number {
    return this.body.readableLength + (this.#last?.length ?? 0);
  }

  get writableFinished(): boolean {
    return this.writableEnded && this.body.readableLength === 0;
  }

  get destroyed(): boolean {
    return this.body.destroyed;
  }

  writeHead(status: number, headers: OutgoingHttpHeaders): void {
    if (status !== 200 && status !== 206) this.#listener.unfit(status);
    if (this.destroyed || (status !== 200 && status !== 206)) throw new Error('The file is not wanted any more.');
    this.statusCode = status;
    this.headersSent = true;
    this.#missing = Number(headers['content-length'] ?? Infinity);
    this.#listener.opened(status, headers);
  }

  /**
   * Writes bytes, which belong to the reader from now on. The last of a declared length are held back until `end`,
   * which follows in the same turn: a reader that has every byte may leave at once, and has read the whole file.
   */
  write(bytes: Uint8Array): boolean {
    if (this.destroyed) return false;
    this.#missing -= bytes.length;
    if (this.#missing === 0) this.#last = bytes;
    else this.writableNeedDrain = !this.body.push(bytes);
    return !this.writableNeedDrain;
  }

  end(bytes = this.#last): void {
    if (this.destroyed) return;
    this.#last = undefined;
    this.writableEnded = true;
    if (bytes !== undefined) this.body.push(bytes);
    this.body.push(null);
  }

  destroy(): void {
    this.body.destroy();
  }

  /** The transfer has failed: there is no file, or its body fails. */
  fail(error: FileContentError): void {
    if (!this.headersSent) {
      this.statusCode = error.status;
      this.headersSent = true;
      this.#failure = error;
    }
    this.body.destroy(error);
  }

  readonly #onClose = (): void => {
    this.emit('close');
    const failure = this.#failure;
    // Called after this turn, in which the transfer frees its place in `limits`: the listener may open the next file at
    // once.
    if (failure !== undefined) setImmediate(() => this.#listener.failed(failure));
  };

  #drain(): void {
    if (!this.writableNeedDrain) return;
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  // No middleware has set a header here, and the head is written as a whole.

  getHeader(): undefined {
    return undefined;
  }

  getHeaderNames(): string[] {
    return [];
  }

  hasHeader(): boolean {
    return false;
  }

  setHeader(): void {}

  removeHeader(): void {}
}

function ignore(): void {}
