import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';

/**
 * Waits until a client has taken all written bytes. A provider that is requested earlier would have to wait for the
 * client, and might close the connection.
 *
 * @returns undefined if there is nothing to wait for
 * @throws the reason of the transfer's abort
 */
export function whenDrained(transfer: Transfer, watchdog: Watchdog<Phase>): Promise<void> | undefined {
  const { res, signal } = transfer;
  if (!res.writableNeedDrain) return undefined;
  watchdog.enter('clientIdle');
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      res.off('drain', onDrain);
      unwatch();
    };
    const onDrain = (): void => {
      settle();
      resolve();
    };
    const unwatch = transfer.onAborted(() => {
      settle();
      reject(signal.reason);
    });
    res.on('drain', onDrain);
  });
}
