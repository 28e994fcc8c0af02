import type * as http from 'node:http';
import { type OnReadOpts, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { RELAY_FROM_BYTES } from './relay-bound';

/** The most that one read may take, in bytes. */
export const LARGEST_READ = 256 * 1024;

/** Who gets a connection's bytes instead of the HTTP parser. */
export interface ByteSink {
  /** The most that the next read may take, in bytes: a power of two up to `LARGEST_READ`. */
  readSize(): number;
  /**
   * `bytes` are valid during the call only. Over TLS more calls may follow after a false. @returns whether to go on
   * reading
   */
  receive(bytes: Uint8Array): boolean;
}

/**
 * For the parser: a head and little more, as what comes with it is copied twice for each of a thousand transfers that
 * begin at once; more after some reads that were filled, because it takes a few of them until a body is diverted.
 */
const FIRST_READ = 8 * 1024;
const FILLED_READS = 4;
const NEXT_READ = 64 * 1024;
/** Where the parser takes this long for one read, the body comes in tiny chunks, and the next reads are small again. */
const SLOW_READ_MS = 2;

/**
 * Every tapped connection is read into this one buffer. That is safe because a read and the callback that hands over
 * its bytes are one step of the event loop, for TCP and for each decrypted record alike, and because the bytes are
 * copied before the callback does anything else. So connections that wait hold no memory at all.
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

/**
 * Stands between a connection and the HTTP parser. Until a sink is set the bytes go the usual way, through the socket's
 * own stream; from then on they go to the sink, and the parser sees none of them.
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

  /** For good: the parser has lost its place, so the connection can carry no other response. */
  divert(sink: ByteSink): void {
    this.#sink = sink;
  }

  /** Takes what one read has brought into `memory`. @returns whether to go on reading */
  take(length: number, memory: Uint8Array): boolean {
    this.#filledReads = length === memory.length ? this.#filledReads + 1 : 0;
    const begun = performance.now();
    const bytes = memory.subarray(0, length);
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

/** What the next call of `buffer` is asked for: a new connection, or the one whose callback has just returned. */
let nextRead = FIRST_READ;

/**
 * The option of a request that taps the connection which is opened for it, through whatever agent hands its options on
 * to Node's `connect`; one that does not leaves its connections untapped. Node calls `callback` on the connection
 * itself, so one object serves them all, and a connection that an agent opens on the way to another, as to a proxy, has
 * its own tap.
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
    // Whatever else calls it has nothing to go on reading for.
    if (!(this instanceof Socket)) return false;
    const tap = tapOf(this);
    const goesOn = tap.take(length, memory);
    nextRead = tap.readSize;
    return goesOn;
  },
});

const NO_TAP = Object.freeze({});
const TAP = Object.freeze({ onread: TAPPED_READS });

/** The options of a request whose body may be taken past the parser. */
export function tapOptions(isTapped: boolean): { readonly onread?: OnReadOpts } {
  return isTapped ? TAP : NO_TAP;
}

/** Why a response's body of `length` bytes may not be taken past the parser; undefined where it may. */
export function tapObstacle(
  response: http.IncomingMessage,
  length: number,
): 'small' | 'agent' | 'unread_bytes' | undefined {
  const { socket } = response;
  if (length < RELAY_FROM_BYTES[socket instanceof TLSSocket ? 'tls' : 'tcp']) return 'small';
  const tap = taps.get(socket);
  if (tap === undefined) return 'agent';
  // What waits in the socket's own stream would be overtaken.
  const isUnread = socket.readableLength > 0 || response.complete || response.destroyed || socket.destroyed;
  return isUnread || tap.isDiverted ? 'unread_bytes' : undefined;
}

/**
 * The tap of a response whose body of `length` bytes may be taken past the parser; undefined where the parser has to be
 * kept.
 */
export function divertibleTap(response: http.IncomingMessage, length: number): SocketTap | undefined {
  return tapObstacle(response, length) === undefined ? taps.get(response.socket) : undefined;
}
