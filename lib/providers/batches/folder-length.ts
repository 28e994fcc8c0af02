import type { Exchange } from '../../upstream/exchange';
import type { StoredObject } from './folder-outputs';
import { chunksOf } from './opened-rows';

/** With more outputs, their last bytes are not requested, and the length is unknown. */
const MAX_PROBED = 64;
/** The number of concurrent requests. */
const AT_ONCE = 8;

const LINE_FEED = 0x0a;

/** Requests an output, by its place, with these headers. */
export type RequestOutput = (index: number, headers: Readonly<Record<string, string>>) => Promise<Exchange>;

/**
 * Computes the length of all joined outputs, in bytes. A line feed is added after each output that ends without one,
 * except the last, so the last byte of each is requested.
 *
 * @returns undefined if it is not known
 */
export async function lengthOf(outputs: readonly StoredObject[], request: RequestOutput): Promise<number | undefined> {
  if (outputs.length > MAX_PROBED) return undefined;
  let length = outputs.reduce((sum, { size }) => sum + size, 0);
  for (let start = 0; start < outputs.length - 1; start += AT_ONCE) {
    const probed = outputs.slice(start, Math.min(start + AT_ONCE, outputs.length - 1));
    const last = await Promise.all(probed.map(({ size }, offset) => lastByte(size, start + offset, request)));
    if (last.includes(undefined)) return undefined;
    length += last.filter((byte) => byte !== LINE_FEED).length;
  }
  return length;
}

/** The last byte of an output; a line feed for an empty one, behind which none is added. */
async function lastByte(size: number, index: number, request: RequestOutput): Promise<number | undefined> {
  if (size === 0) return LINE_FEED;
  try {
    const given = await request(index, { range: `bytes=${size - 1}-${size - 1}` });
    try {
      if (given.response.statusCode !== 206) return undefined;
      let last: number | undefined;
      for await (const chunk of chunksOf(given)) last = chunk.at(-1) ?? last;
      return last;
    } finally {
      given.close();
    }
  } catch {
    // Whatever is the matter with it, the request for the whole of it will tell.
    return undefined;
  }
}
