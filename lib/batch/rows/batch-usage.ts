import type { Tap } from '../../transfer/observers/tap';
import type { BatchUsage } from '../../transfer/observers/usage';
import type { TransferRecord } from '../../transfer/record';
import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { readOptions } from '../../values/read-options';
import { checkMaxLineBytes, UsageReader } from './usage-reader';

/** Options of {@link batchUsage}. */
export interface BatchUsageOptions {
  /** Called once, when the transfer is over, with the usage of the rows that were sent to the client. */
  onUsage(usage: BatchUsage, record: TransferRecord): void;
  /**
   * The longest line whose usage is read, in bytes; a longer one counts as a row without usage. Defaults to
   * `67_108_864` (64 MiB). No line is held in memory.
   */
  maxLineBytes?: number | undefined;
}

/**
 * Makes a tap that counts the rows and tokens of a batch's output while it is downloaded, in any provider's rows. Only
 * complete rows count, so for a truncated download it is what the client can have read.
 *
 * @throws TypeError for options that cannot work
 *
 * @example
 * return { provider, taps: [batchUsage({ onUsage: ({ total }) => bill(tenant, total) })] };
 *
 */
export function batchUsage(options: BatchUsageOptions): Tap {
  const given = readOptions('batchUsage', options, { onUsage: true, maxLineBytes: true });
  if (typeof given.onUsage !== 'function') {
    throw invalidOption('batchUsage', 'onUsage', 'a function', describeKind(given.onUsage));
  }
  const maxLineBytes = checkMaxLineBytes('batchUsage', given.maxLineBytes);
  let reader = new UsageReader(maxLineBytes);
  return Object.freeze({
    chunk(bytes: Uint8Array): void {
      reader.add(bytes);
    },
    end(record: TransferRecord): void {
      const usage = reader.end(record.complete !== 'no');
      reader = new UsageReader(maxLineBytes);
      // Called on the caller's object, so that a method may use its own `this`.
      options.onUsage(usage, record);
    },
  });
}
