import { headersOf } from '../../http/message-headers';
import { RANGE_AND_CONDITIONS, upstreamRequestHeaders } from '../../http/request-headers';
import type { Agents } from '../../provider';
import { secretsOf } from '../../transfer/redaction';
import { type LocatedUpstream, locateUpstream } from '../../upstream/locate';
import { isMethodRefused, redirectTarget } from '../../upstream/redirect';
import { type FetchedHead, fetchHead } from './axios-exchange';
import { type LocatedJob, methodFor } from './fetch-job';

/** The head of a response, and the method that brought it. */
export interface RequestedHead extends FetchedHead {
  readonly method: 'GET' | 'HEAD';
}

/**
 * Asks for the located content, following the redirects that the provider's contract has. Where a HEAD is not implemented,
 * it is located and asked for again with GET, of which only the head is needed.
 *
 * @throws FailedAttempt, FileContentError, or the transfer's abort reason
 */
export async function requestContent(
  job: LocatedJob,
  start: LocatedUpstream,
  agents: Agents,
  method: 'GET' | 'HEAD' = methodFor(job),
): Promise<RequestedHead> {
  const { transfer, resolved, watchdog, settings } = job;
  const { provider } = resolved;
  let located = start;
  // The whole file is fetched. Ranges and conditions are evaluated here, against what the response says of itself.
  const allowed = settings.requestHeaders.filter((name) => !RANGE_AND_CONDITIONS.has(name));
  for (let redirects = 0; ; redirects += 1) {
    const head = await fetchHead(located.url, {
      transfer,
      provider: provider.name,
      watchdog,
      method,
      headers: upstreamRequestHeaders(headersOf(transfer.req), located.headers, allowed),
      agents,
    });
    if (method === 'HEAD' && isMethodRefused(head.response)) {
      head.response.resume();
      const again = await locateUpstream(transfer, resolved, { settings, agents: job.agents, method: 'GET' });
      return await requestContent(job, again, agents, 'GET');
    }
    try {
      const next = redirectTarget(head.response, located, redirects, provider, settings.allowedOrigins);
      if (next === undefined) return { ...head, method };
      transfer.addSecrets(() => secretsOf(next.url, {}));
      located = next;
    } catch (error) {
      transfer.responded(head.response.statusCode);
      head.exchange.close();
      throw error;
    }
    head.exchange.close();
  }
}
