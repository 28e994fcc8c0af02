import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What a transfer reads of the request: a client's, or the one that stands for a reader in this process. */
export interface RecipientRequest
  extends Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders' | 'httpVersion' | 'readableEnded'> {
  /** The client's connection; absent where a reader in this process takes the content. */
  readonly socket?: Socket;
  resume(): unknown;
}

type Head =
  | 'headersSent'
  | 'statusCode'
  | 'statusMessage'
  | 'getHeader'
  | 'getHeaderNames'
  | 'hasHeader'
  | 'removeHeader';
type Flow = 'writableLength' | 'writableNeedDrain' | 'writableEnded' | 'writableFinished' | 'destroyed' | 'socket';

/**
 * Takes the content of a transfer: a client's response, or a reader in this process. It has the members of Node's
 * response that deliveries use, so that they need not know which it is.
 */
export interface Recipient extends Pick<ServerResponse, Head | Flow> {
  /** The client's request; absent where a reader in this process takes the content. */
  readonly req?: { readonly socket: Socket; readonly method?: string | undefined };
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  writeHead(status: number, headers: ReturnType<ServerResponse['getHeaders']>): unknown;
  /** @param callback is called where the bytes may be reused, so never by a reader that keeps them */
  write(bytes: Uint8Array, callback?: (error?: Error | null) => void): boolean;
  end(bytes?: Uint8Array): unknown;
  destroy(error?: Error): unknown;
  on(event: 'drain', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
  once(event: 'socket', listener: (socket: Socket) => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
}
