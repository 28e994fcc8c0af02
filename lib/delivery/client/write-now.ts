import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Recipient } from '../../transfer/recipient';

/**
 * Tells whether a buffer may be reused once the callback of its write was called. It may not if a middleware has
 * replaced `write`, as compression does, or if the connection is another kind of stream, which may pass the buffer on.
 * Replacing only `end`, as express-session does, is harmless.
 */
export function writesPlainly(res: Recipient): res is ServerResponse {
  return res.write === ServerResponse.prototype.write && res.req?.socket instanceof Socket;
}

/**
 * Writes synchronously instead of, as Node does by default, at the end of the event loop's turn. The system usually
 * takes all bytes at once, and `writableLength` then shows it at once. Use it only for responses of which {@link
 * writesPlainly} is true.
 */
export function writeNow(res: ServerResponse, bytes: Uint8Array, callback: (error?: Error | null) => void): void {
  res.cork();
  res.write(bytes, callback);
  res.uncork();
}
