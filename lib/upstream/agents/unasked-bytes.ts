import { readSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/**
 * What waits in the system for a connection's reader: bytes or an end, nothing, or unknown where it cannot be asked.
 */
export type Waiting = 'something' | 'nothing' | 'unknown';

const PROBE = Buffer.allocUnsafeSlow(1);

/** Most of the time of a read that finds nothing goes into the stack of its error, unless intrinsics are frozen. */
const HAS_STACK_LIMIT = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true;

/**
 * Reads at once what the event loop has not yet read. A byte that is there is lost, and the connection with it; but
 * nobody has asked for that byte. Costs about 5 µs, and no turn of the event loop.
 */
export function waitingBytes(socket: Socket): Waiting {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return 'unknown';
  const descriptor: unknown = Reflect.get(handle, 'fd');
  // Windows has none.
  if (typeof descriptor !== 'number' || descriptor < 0) return 'unknown';
  const { stackTraceLimit } = Error;
  try {
    if (HAS_STACK_LIMIT) Error.stackTraceLimit = 0;
    readSync(descriptor, PROBE, 0, 1, null);
    return 'something';
  } catch (error) {
    const code: unknown = Reflect.get(error as object, 'code');
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return 'nothing';
    return code === 'ECONNRESET' || code === 'EPIPE' ? 'something' : 'unknown';
  } finally {
    if (HAS_STACK_LIMIT) Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A request was given a connection on which bytes had arrived that nobody had asked for. It was not sent. */
class UnaskedBytesError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('The connection was not silent before the request.');
    this.name = 'UnaskedBytesError';
  }
}

/** Why a request failed before its response had a head, where that says nothing about the provider. */
export type Staleness = 'not sent' | 'swallowed';

/**
 * Sends a request only over a connection that has been silent since its last response. HTTP/1.1 has no other sign by
 * which a response belongs to a request than that it comes after it (RFC 9112, section 9.3.2): what was there before
 * would be taken for the response.
 */
export class RequestSending {
  readonly #request: ClientRequest;
  readonly #waiting: (socket: Socket) => Waiting;
  #isReused = false;
  #isSent = false;
  #bytesBefore = 0;

  /** @param waiting another probe, for tests */
  constructor(request: ClientRequest, waiting: (socket: Socket) => Waiting = waitingBytes) {
    this.#request = request;
    this.#waiting = waiting;
  }

  /** Bytes of the response so far. */
  get received(): number {
    return (this.#request.socket?.bytesRead ?? 0) - this.#bytesBefore;
  }

  /** Was the request sent? A response that comes earlier is none. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** The request was given its connection. */
  assigned(socket: Socket): void {
    this.#bytesBefore = socket.bytesRead;
    // An agent of the application's may keep connections in its own way; one that has been read from has been used.
    this.#isReused = this.#request.reusedSocket || (!socket.connecting && socket.bytesRead > 0);
  }

  /**
   * Calls `send` in this step, or after two turns of the event loop where the system cannot be asked; not at all where
   * bytes came. Requests that are sent together all ask first: written directly after each other, they wake the
   * provider once.
   */
  send(send: () => void): void {
    const { socket } = this.#request;
    const waiting = this.#isReused && socket !== null && !this.#hasHeard() ? this.#waiting(socket) : undefined;
    if (waiting === 'something' || this.#hasHeard()) this.refuse();
    else if (waiting === 'unknown') this.#afterPoll(send);
    else queueMicrotask(() => this.#unlessDestroyed(send));
  }

  /** Whether the same request may be sent over a fresh connection, given the error that ended it before a head. */
  staleness(code: string): Staleness | undefined {
    if (!this.#isReused) return undefined;
    if (!this.#isSent) return 'not sent';
    // What the parser cannot read there may be late bytes of an earlier response.
    const isUnread = this.received === 0 && (code === 'ECONNRESET' || code === 'EPIPE');
    return isUnread || code.startsWith('HPE_') ? 'swallowed' : undefined;
  }

  /** Ends the request and its connection: what arrived there is no response to it. */
  refuse(): void {
    this.#request.destroy(new UnaskedBytesError());
  }

  #hasHeard(): boolean {
    return this.#isReused && this.received !== 0;
  }

  /** The first turn may have begun its reading before; the second one reads all that had arrived by now. */
  #afterPoll(send: () => void): void {
    setImmediate(() =>
      setImmediate(() => {
        if (this.#hasHeard() && !this.#request.destroyed) this.refuse();
        else this.#unlessDestroyed(send);
      }),
    );
  }

  #unlessDestroyed(send: () => void): void {
    if (this.#request.destroyed) return;
    this.#isSent = true;
    send();
  }
}
