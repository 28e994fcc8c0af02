import type { OutgoingHttpHeaders } from 'node:http';
import { headersThat } from '../http/headers';
import type { Settings } from '../options/options';
import type { Agents, LocatedProvider } from '../provider-contract/provider';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import type { Transfer } from '../transfer/transfer';
import type { Phase, Watchdog } from '../transfer/watchdog';
import { presignUpstream } from '../upstream/location/presign';
import { writeClientHead } from './client/write-head';

/** Headers that describe a file, which a redirect does not have. */
const NOT_OF_A_REDIRECT = headersThat((is) => is('content') || is('bytes') || is('validator') || is('caching'));

/**
 * Redirects the client to a URL that the provider has signed. A signature is for one method, so HEAD gets another URL
 * than GET. The client sends its `Range` and conditions again.
 *
 * @throws FileContentError, or the transfer's abort reason
 * @see RFC 9110, section 15.4.3
 */
export async function deliverRedirect(
  transfer: Transfer,
  resolved: ResolvedTransfer & { readonly provider: LocatedProvider },
  { settings, agents, watchdog }: { settings: Settings; agents: Agents; watchdog: Watchdog<Phase> },
): Promise<void> {
  transfer.deliveredBy('redirect');
  const method = transfer.method === 'HEAD' ? 'HEAD' : 'GET';
  let url: URL;
  try {
    url = await presignUpstream(transfer, resolved, { settings, agents, method });
  } finally {
    // `started` is called once the URL is known, and also if getting it fails.
    transfer.started();
  }
  const added = Object.entries(resolved.responseHeaders).filter(([name]) => !NOT_OF_A_REDIRECT.has(name));
  const headers: OutgoingHttpHeaders = {
    ...Object.fromEntries(added),
    location: url.href,
    // A cached redirect would lead to an expired URL.
    'cache-control': 'no-store',
    // The store must not learn the gateway's URL, which may contain a token.
    'referrer-policy': 'no-referrer',
    'content-length': '0',
  };
  writeClientHead(transfer, settings, 302, headers);
  transfer.handedOver();
  watchdog.enter('clientIdle');
  transfer.res.end();
}
