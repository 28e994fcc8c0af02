import type { FileContentError } from '../../errors';
import type { AskOptions } from '../../upstream/ask';
import type { Exchange } from '../../upstream/exchange';
import { NotResumed, type Resumption, stallWithReason, withReason } from '../../upstream/resume/resumption';
import { afterHead } from '../../upstream/upstream-error';
import { readPastParser } from '../relay/body-reader';

/**
 * Yields the body of a response. If it is cut off and the rest can be fetched, it continues with that; otherwise it
 * fails like the response. Bytes are valid until the next chunk is requested.
 */
export async function* resumedSource(
  first: Exchange,
  source: AsyncIterable<unknown>,
  resumption: Resumption,
  { transfer, resolved }: AskOptions,
): AsyncGenerator<Uint8Array> {
  const { length } = resumption;
  let exchange = first;
  let body = source;
  let given = 0;
  for (;;) {
    let cut: unknown;
    let stall: FileContentError | undefined;
    const unwatch = transfer.onProviderStalled((error) => {
      stall = error;
      exchange.response.destroy(error);
    });
    try {
      for await (const chunk of body) {
        // A chunked rest may have more bytes than its Content-Range says, and may lack the end of its message.
        const bytes = (chunk as Uint8Array).subarray(0, length - given);
        given += bytes.length;
        resumption.passed(bytes);
        yield bytes;
        if (given === length && exchange !== first) break;
      }
      if (given >= length) {
        exchange.close();
        return;
      }
      cut = new Error(`${given} of ${length} bytes arrived`);
    } catch (error) {
      cut = exchange.lateError ?? error;
    } finally {
      unwatch();
    }
    transfer.signal.throwIfAborted();
    const { error, outcome } = afterHead(cut, resolved.provider.name);
    if (outcome === 'upstream_invalid') throw cut;
    exchange.close();
    try {
      exchange = await resumption.continueAfter(stall ?? error, given);
    } catch (reason) {
      if (!(reason instanceof NotResumed)) throw reason;
      throw stall === undefined ? withReason(cut, reason.message) : stallWithReason(stall, reason.message);
    }
    body = readPastParser(exchange.response, length - given) ?? exchange.response;
  }
}
