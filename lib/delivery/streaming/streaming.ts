import { headersOf } from '../../http/message-headers';
import type { Settings } from '../../options/options';
import type { Agents, LocatedProvider } from '../../provider-contract/provider';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { type AskOptions, ask } from '../../upstream/ask';
import type { Exchange } from '../../upstream/exchange';
import { askForName } from '../../upstream/file-name';
import { RequestFailure } from '../../upstream/upstream-error';
import { forwardResponse } from './forward-response';
import { createProxySender } from './proxy-exchange';

type StreamedTransfer = ResolvedTransfer & { readonly provider: LocatedProvider };

export interface StreamingDelivery {
  /**
   * Resolves when the whole response was written to the client's connection. @throws FileContentError, or the
   * transfer's abort reason
   */
  deliver(transfer: Transfer, resolved: StreamedTransfer, watchdog: Watchdog<Phase>): Promise<void>;
}

export function createStreamingDelivery(settings: Settings, agents: Agents): StreamingDelivery {
  const sender = createProxySender();
  return {
    async deliver(transfer, resolved, watchdog) {
      const { method } = transfer;
      const headers = headersOf(transfer.req);
      const isWhole = false;
      const options: AskOptions = { transfer, resolved, watchdog, settings, sender, agents, method, headers, isWhole };
      const exchange = await askOnce(options);
      try {
        const { status, headers: given } = exchange.head;
        if (resolved.provider.describeFile !== undefined)
          await askForName({ transfer, resolved, watchdog, settings, agents }, status, given);
        await forwardResponse(exchange, options, resolved.responseHeaders);
      } catch (error) {
        exchange.close();
        throw error;
      }
    },
  };
}

/**
 * Requests the file without retries, because the client is waiting. @throws as {@link ask}, but the FileContentError of
 * a RequestFailure
 */
async function askOnce(options: AskOptions): Promise<Exchange> {
  try {
    return await ask(options);
  } catch (failure) {
    if (!(failure instanceof RequestFailure)) throw failure;
    if (failure.refusal !== undefined) options.transfer.fail(failure.error, 'upstream_error');
    throw failure.error;
  }
}
