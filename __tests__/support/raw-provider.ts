/** A provider on a socket: for faults on the wire that no HTTP server would send. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { TestCertificate } from './certificates';
import { listenLocally } from './local-server';

/** One TCP connection that the provider accepted, and everything that arrived on it. */
export interface RawProviderConnection {
  readonly index: number;
  readonly socket: Socket | TLSSocket;
  /** Every byte received so far. */
  readonly received: Buffer;
  /** Heads of the requests received so far, each with its blank line. */
  readonly requests: readonly string[];
  /** Bytes that belong to no request head: a body, or half a head. */
  readonly leftover: Buffer;
  /**
   * How the other side ended the connection: `fin` or `rst`; `self` where only this side closed it; undefined while it
   * is open.
   */
  readonly endedBy: 'fin' | 'rst' | 'self' | undefined;
  readonly isClosed: boolean;
  /** Fulfilled once the socket is closed on both sides. */
  readonly closed: Promise<void>;
}

/** One request, and the means to answer it with any bytes at all. */
export interface RawExchange {
  readonly connection: RawProviderConnection;
  readonly socket: Socket | TLSSocket;
  /** Request line, headers and blank line as they came. */
  readonly head: string;
  /** 0 for the first request that this provider received on any connection. */
  readonly index: number;
  /**
   * Writes bytes as they are; a string is written as latin1. Fulfilled when they are handed to the kernel or the socket
   * is gone.
   */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Ends this side of the connection with a FIN, after what was sent. */
  fin(): void;
  /** Ends the connection with an RST at once. */
  rst(): void;
  /** Sends `bytes` one at a time, one every `everyMs`, until the socket is gone. */
  trickle(bytes: string | Uint8Array, everyMs: number): Promise<void>;
}

export type RawScript = (exchange: RawExchange) => unknown;

export interface RawProviderOptions {
  /** Speak TLS with this key and certificate. */
  readonly tls?: TestCertificate;
  /** Called for each accepted connection, before any byte of it is read. */
  readonly onConnection?: (connection: RawProviderConnection) => unknown;
}

/** A provider on 127.0.0.1 that speaks what no HTTP library would, and remembers what it was told. */
export interface RawProvider extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly connections: readonly RawProviderConnection[];
  /** The heads of all requests of all connections, in the order of their arrival. */
  readonly requests: readonly string[];
  /** Everything that was ever received, one buffer after the other. */
  readonly received: Buffer;
  readonly openConnections: number;
  /** Fulfilled when `count` requests have arrived. */
  requestsReceived(count: number): Promise<void>;
  /** Resets every open connection and stops listening. */
  close(): Promise<void>;
}

const HEAD_END = Buffer.from('\r\n\r\n');

function toBytes(bytes: string | Uint8Array): Buffer {
  return typeof bytes === 'string'
    ? Buffer.from(bytes, 'latin1')
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function reset(socket: Socket): void {
  // A TLS socket has no RST of its own; destroying it drops the TCP connection below. And a socket that is just sending
  // its FIN cannot be reset: Node would leave it open for ever.
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if ('encrypted' in socket || socket.destroyed || isEnding) socket.destroy();
  else socket.resetAndDestroy();
}

function send(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  if (socket.destroyed || !socket.writable) return Promise.resolve();
  return new Promise((resolve) => {
    // The callback gets an error where the socket dies first; either way there is nothing more to wait for.
    socket.write(toBytes(bytes), () => resolve());
  });
}

async function trickle(socket: Socket, bytes: string | Uint8Array, everyMs: number): Promise<void> {
  const closed = new Promise<'closed'>((resolve) => socket.once('close', () => resolve('closed')));
  for (const byte of toBytes(bytes)) {
    await send(socket, Uint8Array.of(byte));
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<'next'>((resolve) => {
      timer = setTimeout(() => resolve('next'), everyMs);
    });
    const first = await Promise.race([closed, pause]);
    clearTimeout(timer);
    if (first === 'closed' || socket.destroyed) return;
  }
}

class Connection implements RawProviderConnection {
  readonly closed: Promise<void>;
  readonly requests: string[] = [];
  leftover: Buffer = Buffer.alloc(0);
  endedBy: 'fin' | 'rst' | 'self' | undefined;
  isClosed = false;
  readonly #chunks: Buffer[] = [];

  constructor(
    readonly index: number,
    readonly socket: Socket,
  ) {
    socket.once('end', () => {
      this.endedBy ??= 'fin';
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') this.endedBy ??= 'rst';
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.endedBy ??= 'self';
        this.isClosed = true;
        resolve();
      });
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Takes what arrived; gives the request heads that it completed. */
  take(chunk: Buffer): string[] {
    this.#chunks.push(chunk);
    this.leftover = Buffer.concat([this.leftover, chunk]);
    const heads: string[] = [];
    for (let end = this.leftover.indexOf(HEAD_END); end !== -1; end = this.leftover.indexOf(HEAD_END)) {
      heads.push(this.leftover.subarray(0, end + HEAD_END.length).toString('latin1'));
      this.leftover = this.leftover.subarray(end + HEAD_END.length);
    }
    this.requests.push(...heads);
    return heads;
  }
}

/**
 * Starts a provider that runs `script` for every request head that it receives. A script that does nothing stalls.
 *
 * @example
 * await using provider = await startRawProvider(async ({ send, fin }) => {
 *   await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
 *   fin();
 * });
 */
export async function startRawProvider(script: RawScript, options: RawProviderOptions = {}): Promise<RawProvider> {
  const connections: Connection[] = [];
  const requests: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];

  function exchange(connection: Connection, head: string): RawExchange {
    const { socket } = connection;
    return {
      connection,
      socket,
      head,
      index: requests.length - 1,
      send: (bytes) => send(socket, bytes),
      fin: () => void socket.end(),
      rst: () => reset(socket),
      trickle: (bytes, everyMs) => trickle(socket, bytes, everyMs),
    };
  }

  function accept(socket: Socket): void {
    const connection = new Connection(connections.length, socket);
    connections.push(connection);
    options.onConnection?.(connection);
    socket.on('data', (chunk: Buffer) => {
      for (const head of connection.take(chunk)) {
        requests.push(head);
        for (const waiter of waiting) if (requests.length >= waiter.count) waiter.resolve();
        script(exchange(connection, head));
      }
    });
  }

  const server: Server = options.tls
    ? createTlsServer({ key: options.tls.key, cert: options.tls.cert }, accept)
    : createServer(accept);
  // A client that refuses the certificate is the point of some tests; the failed handshake is no event of ours.
  server.on('tlsClientError', () => undefined);
  // Sockets below TLS never reach `accept` when the handshake fails; they are still to be closed at the end.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listenLocally(server);

  async function close(): Promise<void> {
    // Below TLS, which may be sending its own FIN, a reset fails: Node leaves the handle open and never exits.
    for (const socket of sockets)
      if (options.tls) socket.destroy();
      else reset(socket);
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }

  return {
    port,
    origin: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    connections,
    requests,
    get received() {
      return Buffer.concat(connections.map((connection) => connection.received));
    },
    get openConnections() {
      return sockets.size;
    },
    requestsReceived(count) {
      if (requests.length >= count) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The bytes of a plain answer with a declared length. */
export function answer(body: string | Uint8Array, headers: readonly string[] = [], statusLine = '200 OK'): Buffer {
  const bytes = toBytes(body);
  const lines = [`HTTP/1.1 ${statusLine}`, `Content-Length: ${bytes.length}`, ...headers, '', ''];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), bytes]);
}
