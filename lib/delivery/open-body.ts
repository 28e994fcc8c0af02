import { EventEmitter } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FileContentError } from '../errors';
import type { Recipient } from '../transfer/recipient';

/** What the body holds for its reader before the provider has to wait, in bytes; a chunk more at most. */
const HIGH_WATER_MARK = 128 * 1024;

/** What is told of a file that is opened: its head, or why there is none. */
export interface HeadListener {
  opened(status: 200 | 206, headers: OutgoingHttpHeaders): void;
  /** The response is a success that brings no file. */
  unfit(status: number): void;
  failed(error: FileContentError): void;
}

/**
 * Takes the place of a client's response where a reader in this process wants the content: what is written to it can be
 * read from {@link body}. It is closed when the reader has taken every byte, or leaves, or the transfer fails.
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
  #failure: FileContentError | undefined;

  constructor(listener: HeadListener) {
    super();
    this.#listener = listener;
    this.body = new Readable({ highWaterMark: HIGH_WATER_MARK, read: () => this.#drain() });
    // An error that nobody listens for would end the process, and a reader may begin to listen late.
    this.body.on('error', ignore);
    this.body.once('close', this.#onClose);
  }

  /** Bytes that the reader has not taken yet. */
  get writableLength(): number {
    return this.body.readableLength;
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
    this.#listener.opened(status, headers);
  }

  /** The bytes are the reader's from now on. */
  write(bytes: Uint8Array): boolean {
    if (this.destroyed) return false;
    this.writableNeedDrain = !this.body.push(bytes);
    return !this.writableNeedDrain;
  }

  end(bytes?: Uint8Array): void {
    if (this.destroyed) return;
    if (bytes !== undefined) this.body.push(bytes);
    this.writableEnded = true;
    this.body.push(null);
  }

  destroy(): void {
    this.body.destroy();
  }

  /** The transfer has failed: nobody gets the file, or whoever reads it gets no more of it. */
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
    // The transfer gives its place in `limits` back in this turn, and whoever is told may open the next file at once.
    if (failure !== undefined) setImmediate(() => this.#listener.failed(failure));
  };

  #drain(): void {
    if (!this.writableNeedDrain) return;
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  // Nothing in this process has set a header before, and the head is given as a whole.

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
