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

/** The largest body that is sent as a text, in bytes. Node writes 16 KiB at once, the head included. */
const LARGEST_TEXT = 8 * 1024;

/**
 * Ends a response with its whole body. Node sends the head and a text in one piece, but the head and bytes in two,
 * which takes 2 µs more. In Latin-1 every byte is one character, so that none is changed. A middleware that has
 * replaced a method of the response gets the bytes.
 */
export function endWith(res: Recipient, body: Buffer): void {
  const isPlain = writesPlainly(res) && res.end === ServerResponse.prototype.end;
  if (isPlain && body.length <= LARGEST_TEXT) res.end(body.toString('latin1'), 'latin1');
  else res.end(body);
}
