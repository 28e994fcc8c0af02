import type { Agents } from '../agents';
import { RANGE_AND_CONDITIONS, upstreamRequestHeaders } from '../headers';
import { secretsOf } from '../redaction';
import type { LocatedUpstream } from '../upstream';
import { type FetchedHead, fetchHead } from './fetch';
import { type LocatedJob, methodFor } from './fetch-job';
import { redirectTarget } from './redirect';

/** The whole content is fetched, whatever part is asked for; conditions are evaluated here, against what it says of itself. */
const ANSWERED_HERE = new Set<string>(RANGE_AND_CONDITIONS);

/**
 * Asks for the located content, following the redirects that the provider's contract has.
 *
 * @throws FailedAttempt, FileContentError, or the transfer's abort reason
 */
export async function requestContent(job: LocatedJob, start: LocatedUpstream, agents: Agents): Promise<FetchedHead> {
  const { transfer, resolved, watchdog, settings } = job;
  const { provider } = resolved;
  const method = methodFor(job);
  let located = start;
  const allowed = settings.requestHeaders.filter((name) => !ANSWERED_HERE.has(name));
  for (let redirects = 0; ; redirects += 1) {
    const head = await fetchHead(located.url, {
      transfer,
      provider: provider.name,
      watchdog,
      method,
      headers: upstreamRequestHeaders(transfer.req.headers, located.headers, allowed),
      agents,
    });
    try {
      const next = redirectTarget(head.response, located, redirects, provider, settings.allowedOrigins);
      if (next === undefined) return head;
      transfer.addSecrets(() => secretsOf(next.url, {}));
      located = next;
    } catch (error) {
      transfer.upstreamStatus = head.response.statusCode;
      head.exchange.close();
      throw error;
    }
    head.exchange.close();
  }
}
