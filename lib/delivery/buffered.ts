import type { Agents } from '../agents';
import { FileContentError } from '../errors';
import type { Settings } from '../options';
import type { ResolvedTransfer } from '../resolution';
import type { Transfer } from '../transfer';
import type { Watchdog } from '../watchdog';
import type { Phase } from './flow-watchdog';

export interface BufferedDelivery {
  /** Resolves when the whole response was given to the client's connection. @throws FileContentError, or the transfer's abort reason */
  deliver(transfer: Transfer, resolved: ResolvedTransfer, watchdog: Watchdog<Phase>): Promise<void>;
}

export function createBufferedDelivery(_settings: Settings, _agents: Agents): BufferedDelivery {
  return {
    async deliver() {
      throw new FileContentError('internal_error', 'Buffered delivery is not built yet.');
    },
  };
}
