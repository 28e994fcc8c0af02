import type * as http from 'node:http';
import { type OnReadOpts, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ownMember } from '../../values/own-members';
import { RELAY_FROM_BYTES } from './relay-bound';

/** The most that one read may take, in bytes. */
export const LARGEST_READ = 256 * 1024;

/** Receives a connection's bytes instead of the HTTP parser. */
export interface ByteSink {
  /** The most that the next read may take, in bytes: a power of two up to `LARGEST_READ`. */
  readSize(): number;
  /**
   * `bytes` are valid only during the call. Over TLS, more calls may follow after `false`. @returns whether to continue
   * reading
   */
  receive(bytes: Uint8Array): boolean;
}

/**
 * The sizes of reads for the parser. The first reads take little more than a response head, because body bytes that
 * arrive with the head are copied twice, for each of a thousand transfers that begin at once. After some full reads
 * they are larger, because a body is diverted only after a few of them.
 */
const FIRST_READ = 8 * 1024;
const FILLED_READS = 4;
const NEXT_READ = 64 * 1024;
/** If the parser takes this long for one read, the body arrives in tiny chunks, and the next reads are small again. */
const SLOW_READ_MS = 2;

/**
 * All tapped connections are read into this one buffer. This is safe because a read and the callback with its bytes are
 * one step of the event loop, for TCP and for each decrypted TLS record, and because the bytes are copied before the
 * callback does anything else. So waiting connections hold no memory.
 */
let scratch: Buffer | undefined;
const views = new Map<number, Buffer>();

function scratchOf(size: number): Buffer {
  const known = views.get(size);
  if (known !== undefined) return known;
  scratch ??= Buffer.allocUnsafeSlow(LARGEST_READ);
  const view = scratch.subarray(0, size);
  views.set(size, view);
  return view;
}

/** Returns the first `length` bytes, without a new view if that is all: a view for each read is much of the garbage. */
export function firstOf(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.length <= length ? bytes : bytes.subarray(0, length);
}

/**
 * Sits between a connection and the HTTP parser. Until a sink is set, the bytes pass through the socket's own stream as
 * usual. From then on they go to the sink, and the parser sees none of them.
 */
export class SocketTap {
  readonly #socket: Socket;
  #sink: ByteSink | undefined;
  #filledReads = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get isDiverted(): boolean {
    return this.#sink !== undefined;
  }

  /** The most that the next read may take, in bytes. */
  get readSize(): number {
    return this.#sink?.readSize() ?? (this.#filledReads < FILLED_READS ? FIRST_READ : NEXT_READ);
  }

  /** Diverts the bytes for good: the parser has lost its position, so the connection cannot carry another response. */
  divert(sink: ByteSink): void {
    this.#sink = sink;
  }

  /** Passes on the bytes of one read. @returns whether to continue reading */
  take(length: number, memory: Uint8Array): boolean {
    this.#filledReads = length === memory.length ? this.#filledReads + 1 : 0;
    const begun = performance.now();
    const bytes = firstOf(memory, length);
    const goesOn = this.#sink === undefined ? this.#socket.push(Buffer.from(bytes)) : this.#sink.receive(bytes);
    if (performance.now() - begun > SLOW_READ_MS) this.#filledReads = 0;
    return goesOn;
  }
}

const taps = new WeakMap<Socket, SocketTap>();

function tapOf(socket: Socket): SocketTap {
  const known = taps.get(socket);
  if (known !== undefined) return known;
  const tap = new SocketTap(socket);
  taps.set(socket, tap);
  return tap;
}

/**
 * The size for the next call of `buffer`, which is for a new connection or for the one whose callback has just
 * returned.
 */
let nextRead = FIRST_READ;

/**
 * The request option that taps the connection opened for the request. It needs an agent that passes its options on to
 * Node's `connect`; connections of other agents stay untapped. Node calls `callback` with the connection as `this`, so
 * one object serves all of them, and an agent's intermediate connection, as to a proxy, has its own tap.
 *
 * @see https://nodejs.org/api/net.html#new-netsocketoptions
 */
export const TAPPED_READS: OnReadOpts = Object.freeze({
  buffer() {
    const size = nextRead;
    nextRead = FIRST_READ;
    return scratchOf(size);
  },
  callback(this: unknown, length: number, memory: Uint8Array) {
    // Called on something other than a socket: stop reading.
    if (!(this instanceof Socket)) return false;
    const tap = tapOf(this);
    const goesOn = tap.take(length, memory);
    nextRead = tap.readSize;
    return goesOn;
  },
});

const NO_TAP = Object.freeze({});
const TAP = Object.freeze({ onread: TAPPED_READS });

/** Returns the additional options of a request whose body may bypass the parser. */
export function tapOptions(isTapped: boolean): { readonly onread?: OnReadOpts } {
  return isTapped ? TAP : NO_TAP;
}

/** Says why a response's body of `length` bytes must not bypass the parser, or returns undefined. */
export function tapObstacle(
  response: http.IncomingMessage,
  length: number,
): 'no_length' | 'small' | 'agent' | 'unread_bytes' | undefined {
  const { socket } = response;
  // Only the parser can tell the bytes of a chunked body from its framing, even if the length is known otherwise.
  if (ownMember(response.headers, 'transfer-encoding') !== undefined) return 'no_length';
  if (length < RELAY_FROM_BYTES[socket instanceof TLSSocket ? 'tls' : 'tcp']) return 'small';
  const tap = taps.get(socket);
  if (tap === undefined) return 'agent';
  // Bytes that wait in the socket's own stream would be overtaken.
  const isUnread = socket.readableLength > 0 || response.complete || response.destroyed || socket.destroyed;
  return isUnread || tap.isDiverted ? 'unread_bytes' : undefined;
}

/** Returns the tap of a response whose body of `length` bytes may bypass the parser, or undefined. */
export function divertibleTap(response: http.IncomingMessage, length: number): SocketTap | undefined {
  return tapObstacle(response, length) === undefined ? taps.get(response.socket) : undefined;
}
