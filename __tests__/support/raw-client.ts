/** A client on a socket: sends any bytes, and reports byte for byte what came back. */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A response as it stood on the wire, read loosely: what is not HTTP is kept, not refused. */
export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; the values of repeated headers in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Status line and headers as they came, without the blank line. */
  readonly head: string;
  /** The content received so far, without chunk framing. */
  readonly body: Buffer;
  readonly framing: 'length' | 'chunked' | 'close' | 'none';
  /** Is the message complete by its own framing? With `close` framing only the end of the connection makes it so. */
  readonly complete: boolean;
}

/** How the other side ended the connection; undefined while it is open. */
export type Ending = 'fin' | 'rst' | undefined;

export interface RawResult {
  readonly bytes: Buffer;
  readonly responses: readonly RawResponse[];
  /** The first response; the test fails with a plain message where there is none. */
  readonly response: RawResponse;
  readonly ending: Ending;
}

/** A client that sends any bytes, reads when it is told to, and reports what really arrived. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** Every byte received so far. */
  readonly bytes: Buffer;
  readonly ending: Ending;
  /** Fulfilled when the connection is closed. */
  readonly closed: Promise<Ending>;
  send(bytes: string | Uint8Array): void;
  /** Ends this side with a FIN and goes on reading. */
  halfClose(): void;
  /** Leaves without a word: FIN where nothing is unread. */
  destroy(): void;
  /** Leaves with an RST. */
  rst(): void;
  pause(): void;
  resume(): void;
  /** The responses in what has arrived. `methods` are those of the requests sent, in order; default GET. */
  responses(methods?: readonly string[]): RawResponse[];
  /** Fulfilled when `condition` holds for what has arrived, or the connection has ended. */
  until(condition: (bytes: Buffer) => boolean): Promise<void>;
  /** Waits for `count` complete responses, or for the end of the connection. */
  result(count?: number, methods?: readonly string[]): Promise<RawResult>;
}

interface Framed {
  readonly response: RawResponse;
  readonly rest: Buffer;
}

function parseHeaders(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return headers;
}

function readChunks(bytes: Buffer): { body: Buffer; complete: boolean; rest: Buffer } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) break;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!Number.isFinite(size)) break;
    const start = lineEnd + 2;
    if (size === 0) {
      const end = bytes.indexOf('\r\n', start);
      if (end === -1) break;
      const last = end === start ? start + 2 : bytes.indexOf('\r\n\r\n', start) + 4;
      return { body: Buffer.concat(parts), complete: last >= start + 2, rest: bytes.subarray(last) };
    }
    parts.push(bytes.subarray(start, start + size));
    if (bytes.length < start + size + 2) break;
    at = start + size + 2;
  }
  return { body: Buffer.concat(parts), complete: false, rest: Buffer.alloc(0) };
}

function parseResponse(bytes: Buffer, method: string, ended: boolean): Framed | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = parseHeaders(lines);
  const status = Number(statusLine.split(' ')[1]);
  const reason = statusLine.split(' ').slice(2).join(' ');
  const after = bytes.subarray(headEnd + 4);
  const base = { status, reason, headers, head };
  const none = method === 'HEAD' || status === 204 || status === 304 || (status >= 100 && status < 200);
  if (none) return { response: { ...base, body: Buffer.alloc(0), framing: 'none', complete: true }, rest: after };
  if (headers.get('transfer-encoding')?.join().includes('chunked')) {
    const { body, complete, rest } = readChunks(after);
    return { response: { ...base, body, framing: 'chunked', complete }, rest };
  }
  const declared = headers.get('content-length')?.[0];
  if (declared !== undefined) {
    const body = after.subarray(0, Number(declared));
    const complete = body.length === Number(declared);
    return { response: { ...base, body, framing: 'length', complete }, rest: after.subarray(body.length) };
  }
  return { response: { ...base, body: after, framing: 'close', complete: ended }, rest: Buffer.alloc(0) };
}

/**
 * Splits what arrived into responses; interim (1xx) ones are left out. Bytes that are no response make one of status
 * NaN.
 */
export function parseResponses(bytes: Buffer, methods: readonly string[] = [], ended = false): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const framed = parseResponse(rest, methods[responses.length] ?? 'GET', ended);
    if (!framed) break;
    if (!(framed.response.status >= 100 && framed.response.status < 200)) responses.push(framed.response);
    rest = framed.rest;
  }
  return responses;
}

/** Connects to 127.0.0.1. */
export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let ending: Ending;
  const changes = new EventEmitter();
  const wake = () => void changes.emit('change');
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    wake();
  });
  socket.once('end', () => {
    // Node 22 reports an RST that arrives together with data as an end; such a connection has no peer any more.
    const hasPeer = socket.writableEnded || socket.remoteAddress !== undefined;
    ending ??= hasPeer ? 'fin' : 'rst';
    socket.end();
    wake();
  });
  socket.on('error', () => {
    ending ??= 'rst';
    wake();
  });
  const closed = new Promise<Ending>((resolve) => {
    socket.once('close', () => {
      wake();
      resolve(ending);
    });
  });
  await once(socket, 'connect');

  const client: RawClient = {
    socket,
    closed,
    get bytes() {
      if (chunks.length > 1) chunks.splice(0, chunks.length, Buffer.concat(chunks));
      return chunks[0] ?? Buffer.alloc(0);
    },
    get ending() {
      return ending;
    },
    send: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    halfClose: () => void socket.end(),
    destroy: () => void socket.destroy(),
    rst: () => void (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy()),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    responses: (methods) => parseResponses(client.bytes, methods, ending === 'fin'),
    async until(condition) {
      while (ending === undefined && !socket.destroyed && !condition(client.bytes)) await once(changes, 'change');
    },
    async result(count = 1, methods = []) {
      await client.until((bytes) => parseResponses(bytes, methods).filter(({ complete }) => complete).length >= count);
      const responses = client.responses(methods);
      return {
        bytes: client.bytes,
        responses,
        get response() {
          const first = responses[0];
          if (!first) throw new Error(`no response, only ${JSON.stringify(client.bytes.toString('latin1'))}`);
          return first;
        },
        ending,
      };
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
  return client;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** Whole header lines, `Name: value`. */
  readonly headers?: readonly string[];
  /** `close` asks the gateway to close the connection; default `keep-alive`. */
  readonly connection?: 'keep-alive' | 'close';
  readonly version?: '1.0' | '1.1';
}

/** The bytes of a request for one file. */
export function requestBytes(request: RawRequest = {}): string {
  const { method = 'GET', path = '/v1/files/file-1/content', headers = [], connection = 'keep-alive' } = request;
  const lines = [
    `${method} ${path} HTTP/${request.version ?? '1.1'}`,
    'Host: gateway.test',
    `Connection: ${connection}`,
  ];
  return [...lines, ...headers, '', ''].join('\r\n');
}

/**
 * Sends one request on a fresh connection and reads until its response is complete or the connection ends; then leaves.
 */
export async function rawRequest(port: number, request: RawRequest = {}): Promise<RawResult> {
  using client = await connectRaw(port);
  client.send(requestBytes(request));
  return await client.result(1, [request.method ?? 'GET']);
}
