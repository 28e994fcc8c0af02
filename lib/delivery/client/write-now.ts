import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/**
 * May a buffer be used again once its write was called back? Not where a middleware replaced `write`, as compression
 * does, and not where the connection is some other stream, which may hand the very buffer on to a reader of its own.
 * Who replaces `end`, as express-session does, does not see the bytes of a body that was written.
 */
export function writesPlainly(res: ServerResponse): boolean {
  return res.write === ServerResponse.prototype.write && res.req.socket instanceof Socket;
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
