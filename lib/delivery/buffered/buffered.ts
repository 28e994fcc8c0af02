import type { Settings } from '../../options/options';
import { type Agents, isFetchedProvider } from '../../provider-contract/provider';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { askForName } from '../../upstream/file-name';
import { fetchContent } from './fetch-content';
import type { FetchJob } from './fetch-job';
import { bringContent, convertContent } from './function-content';
import { bringOpened } from './opened-content';
import { type StoredContent, sendStored } from './send-stored';
import { createSpoolSpace } from './spool-space';

export interface BufferedDelivery {
  /**
   * Resolves when the whole response was written to the client's connection. @throws FileContentError, or the
   * transfer's abort reason
   */
  deliver(transfer: Transfer, resolved: ResolvedTransfer, watchdog: Watchdog<Phase>): Promise<void>;
}

/**
 * Makes the buffered delivery. The whole file is fetched, verified, converted if the provider converts it, and kept in
 * memory and on disk. Only then it, or the requested range, is sent to the client.
 */
export function createBufferedDelivery(settings: Settings, agents: Agents): BufferedDelivery {
  const space = createSpoolSpace(settings.buffer);

  return {
    async deliver(transfer, resolved, watchdog) {
      const content = await obtain({ transfer, resolved, watchdog, settings, space, agents });
      try {
        const via = isFetchedProvider(resolved.provider) ? 'function' : 'buffer';
        await sendStored(transfer, content, { settings, watchdog, via });
      } finally {
        await content.spool?.close();
      }
    },
  };
}

async function obtain(job: FetchJob): Promise<StoredContent> {
  const { provider } = job.resolved;
  const opened = provider.openContent === undefined ? undefined : await bringOpened(job);
  if (isFetchedProvider(provider)) return opened ?? (await bringContent(job, provider));
  const located = { ...job, resolved: { ...job.resolved, provider } };
  const content = await convertContent(job, opened ?? (await fetchContent(located)), provider);
  // What a function opens has the name that it gave.
  if (opened !== undefined) return content;
  try {
    await askForName(located, content.status, content.headers);
  } catch (error) {
    await content.spool?.close();
    throw error;
  }
  return content;
}
