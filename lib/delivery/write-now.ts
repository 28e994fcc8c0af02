import { ServerResponse } from 'node:http';
import type { Response } from 'express';

/** A middleware that replaced these functions (compression does) changes bytes, or forgets the callback that frees a buffer. */
export function writesPlainly(res: Response): boolean {
  return res.write === ServerResponse.prototype.write && res.end === ServerResponse.prototype.end;
}

/**
 * Writes in this step and not, as Node does by itself, at the end of this turn of the event loop: the system mostly takes
 * everything at once, and whether it did can be seen at once, by `writableLength`. Only for responses that write plainly.
 *
 * @returns as `write` does: false where a 'drain' will follow
 */
export function writeNow(res: Response, bytes: Buffer, callback?: (error?: Error | null) => void): boolean {
  res.cork();
  const hasRoom = res.write(bytes, callback);
  res.uncork();
  return hasRoom;
}
