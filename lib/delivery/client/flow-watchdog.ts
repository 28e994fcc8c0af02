import type { Socket } from 'node:net';
import type { Settings } from '../../options/options';
import type { Transfer } from '../../transfer/transfer';
import { type Phase, Watchdog } from '../../transfer/watchdog';
import { timedOut } from '../../upstream/upstream-error';
import { resetConnection } from './abort-response';

const WAITED_FOR: Readonly<Record<Exclude<Phase, 'clientIdle'>, string>> = {
  connect: 'connecting',
  headers: 'waiting for response headers',
  idle: 'waiting for content',
};

/**
 * Returns the number of bytes that a reader in this process, or the system for a connection, has taken, or undefined if
 * it is not known. Node's own socket timeout uses the same numbers: a large write to a slow client makes progress long
 * before it ends.
 */
function takenBytes({ connection, bytesWritten, res }: Transfer): number | undefined {
  return connection === undefined ? bytesWritten - res.writableLength : takenBySystem(connection);
}

function takenBySystem(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const written: unknown = Reflect.get(handle, 'bytesWritten');
  const queued: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof written === 'number' && typeof queued === 'number' ? written - queued : undefined;
}

class FlowWatchdog extends Watchdog<Phase> {
  readonly #transfer: Transfer;
  #taken: number | undefined;

  constructor(limits: Readonly<Record<Phase, number>>, onExpired: (phase: Phase) => void, transfer: Transfer) {
    super(limits, onExpired);
    this.#transfer = transfer;
  }

  override enter(phase: Phase): void {
    if (phase === 'clientIdle') this.#taken = takenBytes(this.#transfer);
    super.enter(phase);
  }

  /** Tells whether the client has taken any bytes since the last call. */
  hasProgress(): boolean {
    const before = this.#taken;
    this.#taken = takenBytes(this.#transfer);
    return before !== this.#taken;
  }
}

/** Tells whether the response waits behind another on a pipelined connection, which has its own watchdog. */
function isQueued({ connection, res }: Transfer): boolean {
  return connection !== undefined && res.socket === null;
}

/**
 * Watches the flow of a transfer until its end. A silent provider is a timeout. The connection of a client that takes
 * nothing is reset, which also frees the kernel's buffers.
 */
export function watchFlow(transfer: Transfer, timeouts: Settings['timeouts']): Watchdog<Phase> {
  const { connection } = transfer;
  const expire = (phase: Phase): void => {
    if (phase !== 'clientIdle') {
      const error = timedOut(transfer.resolved?.provider.name, WAITED_FOR[phase]);
      if (phase === 'idle') transfer.providerStalled(error);
      else transfer.fail(error);
    } else if (connection?.destroyed !== true && (isQueued(transfer) || watchdog.hasProgress())) {
      watchdog.enter('clientIdle');
    } else {
      transfer.stalled();
      if (connection !== undefined) resetConnection(connection);
    }
  };
  const watchdog = new FlowWatchdog(timeouts, expire, transfer);
  transfer.onSettled(() => watchdog.stop());
  return watchdog;
}
