import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/**
 * May a buffer be used again once its write was called back? Not where a middleware replaced these functions
 * (compression does), and not where the connection is some other stream, which may hand the very buffer on to a reader
 * of its own.
 */
export function writesPlainly(res: ServerResponse): boolean {
  if (res.write !== ServerResponse.prototype.write || res.end !== ServerResponse.prototype.end) return false;
  return res.req.socket instanceof Socket;
}

/**
 * Writes in this step and not, as Node does by itself, at the end of this turn of the event loop: the system mostly
 * takes everything at once, and whether it did can be seen at once, by `writableLength`. Only for responses that write
 * plainly.
 */
export function writeNow(res: ServerResponse, bytes: Buffer, callback: (error?: Error | null) => void): void {
  res.cork();
  res.write(bytes, callback);
  res.uncork();
}
