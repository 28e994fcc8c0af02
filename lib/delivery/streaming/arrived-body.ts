import type { IncomingMessage } from 'node:http';

/**
 * Returns the body of a response if all of it has already arrived, as a small file usually has. It is in memory, so
 * there is nothing to pace or fail, and no stream is needed.
 *
 * @param length the declared length of the body, in bytes
 * @returns undefined if more must arrive, or the length differs from the declared one
 */
export function arrivedBody(response: IncomingMessage, length: number | undefined): Buffer | undefined {
  if (!response.complete || response.destroyed || response.readableLength !== length) return undefined;
  const first: Buffer | null = response.read();
  // Reading an exact length would not end the stream, and its connection would not return to the agent.
  if (first === null) return Buffer.alloc(0);
  const pieces = [first];
  // Node 26 returns one chunk at a time.
  while (response.readableLength > 0) pieces.push(response.read());
  return pieces.length === 1 ? first : Buffer.concat(pieces);
}
