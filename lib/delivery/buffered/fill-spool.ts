import { types } from 'node:util';
import type { Settings } from '../../options/options';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { forEachChunk } from '../../upstream/iterate';
import { tooLarge } from '../../upstream/upstream-error';
import { describeKind } from '../../values/describe-value';
import { invalidResult } from '../../values/mistakes';
import { unusable } from './check-content';
import { Spool } from './spool';
import type { SpoolSpace } from './spool-space';

/** Returns the size of the largest file that is buffered, in bytes. */
export function sizeLimit({ limits, buffer }: Settings): number {
  return Math.min(limits.maxBytes, buffer.maxBytes);
}

export interface StoreOptions {
  readonly transfer: Transfer;
  readonly watchdog: Watchdog<Phase>;
  readonly space: SpoolSpace;
  /** In bytes, counted as they arrive. */
  readonly limit: number;
  readonly provider: string;
  /** The declared length, if there is one. */
  readonly expected?: number | undefined;
  /** Called with every chunk before it is stored. It must not keep the chunk. */
  readonly observe?: ((chunk: Uint8Array) => void) | undefined;
  /** Throws if the size shows that the body is incomplete. */
  readonly verify?: (size: number) => void;
}

/**
 * Stores a whole source, no faster than the disk can write. The caller must close the spool; after a failure it is
 * already closed.
 *
 * @throws FileContentError `too_large`, `overloaded`, or `resolver_failed` for chunks that are not bytes; the errors of
 *   the source and of `verify`; the transfer's abort reason
 */
export async function fillSpool(
  source: Uint8Array | AsyncIterable<unknown>,
  { transfer, watchdog, space, limit, provider, expected, observe, verify }: StoreOptions,
): Promise<Spool> {
  const spool = new Spool(space, expected);
  const take = (chunk: unknown): Promise<void> | undefined => {
    if (!types.isUint8Array(chunk)) {
      const where = `provider ${provider}: the iteration of "body"`;
      throw unusable(provider, invalidResult(where, 'Uint8Arrays', describeKind(chunk)));
    }
    if (chunk.length === 0) return undefined;
    watchdog.activity();
    if (spool.size + chunk.length > limit) throw tooLarge(provider, limit);
    observe?.(chunk);
    const written = spool.write(chunk);
    // The time of the disk does not count as the source's.
    return written?.then(() => watchdog.activity());
  };
  try {
    watchdog.enter('idle');
    if (types.isUint8Array(source)) await take(source);
    else await forEachChunk(source, transfer.signal, take);
    verify?.(spool.size);
    await spool.end();
    transfer.signal.throwIfAborted();
    return spool;
  } catch (error) {
    await spool.close();
    throw error;
  }
}
