import type { IncomingMessage } from 'node:http';

/**
 * The content of a response that had arrived as a whole, with its head, by the time that it is looked at; a small file
 * usually has. A stream would have nothing to do for it: there is no pace to keep, and no failure can come any more.
 *
 * @param length the declared length of the content, in bytes
 * @returns undefined where more has to come, or what came is not what was declared
 */
export function contentInHand(response: IncomingMessage, length: number | undefined): Buffer | undefined {
  if (!response.complete || response.destroyed || response.readableLength !== length) return undefined;
  const first: Buffer | null = response.read();
  // To ask for an exact length would not do: the stream would not end, and its connection not go back to the agent.
  if (first === null) return Buffer.alloc(0);
  const pieces = [first];
  // Node 26 gives one piece at a time.
  while (response.readableLength > 0) pieces.push(response.read());
  return pieces.length === 1 ? first : Buffer.concat(pieces);
}
