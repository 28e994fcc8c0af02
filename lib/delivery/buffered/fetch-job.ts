import { headersOf } from '../../http/message-headers';
import type { Settings } from '../../options/options';
import type { Agents, LocatedProvider } from '../../provider-contract/provider';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import type { AskOptions } from '../../upstream/ask';
import { axiosSender } from '../../upstream/axios-sender';
import type { SpoolSpace } from './spool-space';

/** One transfer with everything that is needed to fetch its file. */
export interface FetchJob {
  readonly transfer: Transfer;
  readonly resolved: ResolvedTransfer;
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
  readonly space: SpoolSpace;
  readonly agents: Agents;
}

export type LocatedJob = FetchJob & { readonly resolved: { readonly provider: LocatedProvider } };

/** Tells whether the client gets the provider's bytes and headers unchanged. */
export function isPassedAsSent({ convert, transform }: LocatedProvider): boolean {
  return convert === undefined && transform === undefined;
}

/**
 * Returns the method for the request. HEAD needs no body, unless its length is known only after a transformation or
 * conversion.
 */
export function methodFor({ transfer, resolved: { provider } }: LocatedJob): 'GET' | 'HEAD' {
  return transfer.method === 'HEAD' && isPassedAsSent(provider) ? 'HEAD' : 'GET';
}

/**
 * Requests the whole file, whatever range the client requests. Ranges and conditions are evaluated here, against the
 * response's validators.
 */
export function wholeFile(job: LocatedJob): AskOptions {
  const { transfer, resolved, watchdog, settings, agents } = job;
  return {
    ...{ transfer, resolved, watchdog, settings, agents },
    sender: axiosSender,
    method: methodFor(job),
    headers: headersOf(transfer.req),
    isWhole: true,
  };
}
