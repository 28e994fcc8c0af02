import type { Settings } from '../options';
import type { Transfer } from '../transfer';
import { Watchdog } from '../watchdog';
import { resetConnection } from './client-abort';
import { timedOut } from './upstream-error';

/** What a transfer can be waiting for, in the order in which it waits. */
export type Phase = 'connect' | 'headers' | 'idle' | 'clientIdle';

const WAITED_FOR: Readonly<Record<Exclude<Phase, 'clientIdle'>, string>> = {
  connect: 'connecting',
  headers: 'waiting for response headers',
  idle: 'waiting for content',
};

/**
 * The watch over a transfer's flow, until its end: a silent provider is a timeout; the connection of a client that takes
 * nothing is reset, which also frees what the kernel keeps for it.
 */
export function watchFlow(transfer: Transfer, timeouts: Settings['timeouts']): Watchdog<Phase> {
  const { res, req } = transfer;
  const expire = (phase: Phase): void => {
    if (phase !== 'clientIdle') {
      transfer.fail(timedOut(transfer.resolved?.provider.name, WAITED_FOR[phase]));
    } else if (res.socket === null && !req.socket.destroyed) {
      // Behind another response on a pipelined connection it cannot be read yet: that one has its own watch.
      watchdog.enter('clientIdle');
    } else {
      transfer.stalled();
      resetConnection(req.socket);
    }
  };
  const watchdog = new Watchdog<Phase>(timeouts, expire);
  transfer.onSettled(() => watchdog.stop());
  return watchdog;
}
