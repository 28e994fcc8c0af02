import { readSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The unread state of a connection in the operating system: `something` for bytes or an end, `unknown` if it cannot be
 * determined.
 */
export type Waiting = 'something' | 'nothing' | 'unknown';

const PROBE = Buffer.allocUnsafeSlow(1);

/**
 * Most of the time of a read that finds nothing is spent on the stack of its error, which can be turned off unless
 * intrinsics are frozen.
 */
const HAS_STACK_LIMIT = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true;

/**
 * Checks synchronously for bytes that the event loop has not read yet. A byte that is found is lost, and the connection
 * with it, but it was unsolicited anyway. Costs about 5 µs and no turn of the event loop.
 */
export function waitingBytes(socket: Socket): Waiting {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return 'unknown';
  const descriptor: unknown = Reflect.get(handle, 'fd');
  // On Windows there is no descriptor.
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

/** A request was assigned a connection on which unsolicited bytes had arrived. It was not sent. */
class UnsolicitedBytesError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('The connection was not silent before the request.');
    this.name = 'UnsolicitedBytesError';
  }
}

/**
 * Why a reused connection failed before the head of the response: `not sent` if nothing of the request was sent,
 * `swallowed` if the connection was closed or spoiled first. It says nothing about the provider.
 */
export type Staleness = 'not sent' | 'swallowed';

/**
 * Sends a request only over a connection that has been silent since its last response. HTTP/1.1 matches responses to
 * requests only by their order (RFC 9112, section 9.3.2), so bytes that arrived before the request would be taken for
 * its response.
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

  /** The number of bytes of the response so far. */
  get received(): number {
    return (this.#request.socket?.bytesRead ?? 0) - this.#bytesBefore;
  }

  /** Whether the request was sent. Bytes that arrive earlier are not its response. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** The request was given its connection. */
  assigned(socket: Socket): void {
    this.#bytesBefore = socket.bytesRead;
    // A custom agent may keep connections in its own way. A connection that has been read from has been used.
    this.#isReused = this.#request.reusedSocket || (!socket.connecting && socket.bytesRead > 0);
  }

  /**
   * Calls `send` synchronously, or after two turns of the event loop if the connection cannot be checked. It is not
   * called if bytes arrived. Requests that are sent together are all checked first: written directly after each other,
   * they wake the provider once.
   */
  send(send: () => void): void {
    const { socket } = this.#request;
    const waiting = this.#isReused && socket !== null && !this.#hasHeard() ? this.#waiting(socket) : undefined;
    if (waiting === 'something' || this.#hasHeard()) this.refuse();
    else if (waiting === 'unknown') this.#afterPoll(send);
    else queueMicrotask(() => this.#unlessDestroyed(send));
  }

  /**
   * Tells whether and why the request may be sent again over a new connection, given the error that ended it before the
   * response head.
   */
  staleness(code: string): Staleness | undefined {
    if (!this.#isReused) return undefined;
    if (!this.#isSent) return 'not sent';
    // On a reused connection, unparsable bytes may be late bytes of an earlier response.
    const isUnread = this.received === 0 && (code === 'ECONNRESET' || code === 'EPIPE');
    return isUnread || code.startsWith('HPE_') ? 'swallowed' : undefined;
  }

  /** Ends the request and its connection, because the bytes that arrived are not its response. */
  refuse(): void {
    this.#request.destroy(new UnsolicitedBytesError());
  }

  #hasHeard(): boolean {
    return this.#isReused && this.received !== 0;
  }

  /** The current iteration may already be past its reads; the second one reads everything that has arrived by now. */
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
