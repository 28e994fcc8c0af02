import type * as http from 'node:http';
import { type OnReadOpts, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ProviderHttpAgent, ProviderHttpsAgent } from './provider-agents';
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
 * Stands between a connection and the HTTP parser, by Node's `onread` option. Until a sink is set the bytes go the
 * usual way, through the socket's own stream; from then on they go to the sink, and the parser sees none of them.
 */
export class SocketTap {
  readonly onread: OnReadOpts = {
    buffer: () => scratchOf(this.#sink?.readSize() ?? (this.#filledReads < FILLED_READS ? FIRST_READ : NEXT_READ)),
    callback: (length, buffer) => {
      this.#filledReads = length === buffer.length ? this.#filledReads + 1 : 0;
      const begun = performance.now();
      const goesOn = this.#receive(buffer.subarray(0, length));
      if (performance.now() - begun > SLOW_READ_MS) this.#filledReads = 0;
      return goesOn;
    },
  };
  #socket: Socket | undefined;
  #sink: ByteSink | undefined;
  #filledReads = 0;

  attach(socket: Socket): void {
    this.#socket = socket;
    taps.set(socket, this);
  }

  get isDiverted(): boolean {
    return this.#sink !== undefined;
  }

  /** For good: the parser has lost its place, so the connection can carry no other response. */
  divert(sink: ByteSink): void {
    this.#sink = sink;
  }

  #receive(bytes: Uint8Array): boolean {
    if (this.#sink !== undefined) return this.#sink.receive(bytes);
    return this.#socket?.push(Buffer.from(bytes)) ?? false;
  }
}

const taps = new WeakMap<Socket, SocketTap>();

/**
 * The tap of a response whose body of `length` bytes may be taken past the parser; undefined where the parser has to be
 * kept.
 */
export function divertibleTap(response: http.IncomingMessage, length: number): SocketTap | undefined {
  const { socket } = response;
  const tap = taps.get(socket);
  if (tap === undefined || tap.isDiverted) return undefined;
  if (length < RELAY_FROM_BYTES[socket instanceof TLSSocket ? 'tls' : 'tcp']) return undefined;
  // What waits in the socket's own stream would be overtaken.
  if (response.complete || response.destroyed || socket.destroyed || socket.readableLength > 0) return undefined;
  return tap;
}

type Connected = ReturnType<http.Agent['createConnection']>;

function attach(tap: SocketTap, connection: Connected): Connected {
  if (connection instanceof Socket) tap.attach(connection);
  return connection;
}

/** An agent whose connections can be relayed past the HTTP parser. */
export class TappedHttpAgent extends ProviderHttpAgent {
  override createConnection(...[options, callback]: Parameters<http.Agent['createConnection']>): Connected {
    const tap = new SocketTap();
    return attach(tap, super.createConnection({ ...options, onread: tap.onread } as typeof options, callback));
  }
}

/** The same over TLS. */
export class TappedHttpsAgent extends ProviderHttpsAgent {
  override createConnection(...[options, callback]: Parameters<http.Agent['createConnection']>): Connected {
    const tap = new SocketTap();
    return attach(tap, super.createConnection({ ...options, onread: tap.onread } as typeof options, callback));
  }
}
