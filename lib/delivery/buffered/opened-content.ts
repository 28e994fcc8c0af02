import { isFetchedProvider } from '../../provider-contract/provider';
import { tooLarge } from '../../upstream/upstream-error';
import { addedTo, failOpened } from '../opened/deliver-opened';
import { openContent } from '../opened/open-content';
import { type FetchJob, isPassedAsSent } from './fetch-job';
import { fillSpool, sizeLimit } from './fill-spool';
import type { StoredContent } from './send-stored';

/**
 * Opens a file with the provider's function and stores all of it. A HEAD whose length is declared needs no bytes.
 *
 * @returns undefined if the provider leaves this file to its `locate`
 * @throws FileContentError, or the transfer's abort reason
 */
export async function bringOpened(job: FetchJob): Promise<StoredContent | undefined> {
  const { transfer, resolved, watchdog, settings, space } = job;
  const { provider } = resolved;
  const opened = await openContent({ ...job, method: 'GET', isWhole: true });
  if (opened === undefined) return undefined;
  const { status, headers, length, body } = opened;
  const about = { status, headers, certainty: 'yes', added: addedTo(resolved, opened) } as const;
  const limit = sizeLimit(settings);
  try {
    if ((length ?? 0) > limit) throw tooLarge(provider.name, limit);
    const isSent = isFetchedProvider(provider) || isPassedAsSent(provider);
    if (transfer.method === 'HEAD' && length !== undefined && isSent)
      return { ...about, size: length, spool: undefined };
    const spool = await fillSpool(body, {
      transfer,
      watchdog,
      space,
      limit,
      provider: provider.name,
      expected: length,
    });
    return { ...about, size: spool.size, spool };
  } catch (error) {
    failOpened(transfer, provider.name, error);
    transfer.signal.throwIfAborted();
    throw error;
  } finally {
    body.destroy();
  }
}
