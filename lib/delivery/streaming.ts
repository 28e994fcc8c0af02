import type { Agents } from '../agents';
import { agentsOf, freshAgents } from '../fresh-agents';
import type { Settings } from '../options';
import type { LocatedProvider } from '../providers/provider';
import { secretsOf } from '../redaction';
import type { ResolvedTransfer } from '../resolution';
import type { Transfer } from '../transfer';
import { type LocatedUpstream, locateUpstream, relocateUpstream } from '../upstream';
import type { Watchdog } from '../watchdog';
import { createEngine } from './engine';
import type { Phase } from './flow-watchdog';
import { passOn, refusalOf } from './pass-on';
import { isCredentialRefused } from './read-refusal';
import { redirectTarget } from './redirect';
import { type Answer, type Attempt, requestHead, StaleConnection } from './request-head';

type StreamedTransfer = ResolvedTransfer & { readonly provider: LocatedProvider };

export interface StreamingDelivery {
  /** Resolves when the whole response was given to the client's connection. @throws FileContentError, or the transfer's abort reason */
  deliver(transfer: Transfer, resolved: StreamedTransfer, watchdog: Watchdog<Phase>): Promise<void>;
}

export function createStreamingDelivery(settings: Settings, shared: Agents): StreamingDelivery {
  const engine = createEngine();
  const fresh = freshAgents(shared);

  /** The first response that is not a refusal; a refused credential is asked for once more. */
  async function acceptedAnswer(attempt: Attempt, resolved: StreamedTransfer): Promise<Answer> {
    const { transfer, method, provider } = attempt;
    const options = { settings, agents: agentsOf(provider, shared), method };
    let located: LocatedUpstream;
    try {
      located = await locateUpstream(transfer, resolved, options);
    } finally {
      // Adapters hear of the start once the provider's address is known, and of a transfer that fails at finding it, too.
      transfer.started();
    }
    for (let hasRenewed = false; ; hasRenewed = true) {
      const answer = await firstAnswer(attempt, resolved, located);
      const error = await refusalOf(answer, attempt);
      if (error === undefined) return answer;
      const mayRenew = !hasRenewed && isCredentialRefused(error, transfer);
      const renewed = mayRenew ? await relocateUpstream(transfer, resolved, options, located) : undefined;
      if (renewed === undefined) {
        transfer.fail(error, 'upstream_error');
        throw error;
      }
      transfer.forgetResponse();
      located = renewed;
    }
  }

  /** A request that a stale connection swallowed is made once more, over a new one. */
  async function firstAnswer(attempt: Attempt, resolved: StreamedTransfer, located: LocatedUpstream): Promise<Answer> {
    const { transfer, method, provider } = attempt;
    const agents = agentsOf(provider, shared);
    try {
      return await follow(attempt, located, agents);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
    }
    const again = await locateUpstream(transfer, resolved, { settings, agents, method });
    return follow(attempt, again, fresh).catch((error: unknown) => {
      throw error instanceof StaleConnection ? error.answer : error;
    });
  }

  async function follow(attempt: Attempt, start: LocatedUpstream, through: Agents): Promise<Answer> {
    let located = start;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await requestHead(engine, attempt, located, through);
      attempt.transfer.upstreamStatus = answer.response.statusCode;
      const next = redirectTarget(answer.response, located, redirects, attempt.provider, settings.allowedOrigins);
      if (next === undefined) return answer;
      answer.exchange.close();
      attempt.transfer.addSecrets(() => secretsOf(next.url, {}));
      located = next;
    }
  }

  return {
    async deliver(transfer, resolved, watchdog) {
      const { provider } = resolved;
      const method = transfer.req.method === 'HEAD' ? 'HEAD' : 'GET';
      const attempt: Attempt = { transfer, provider, watchdog, settings, method };
      const answer = await acceptedAnswer(attempt, resolved);
      try {
        await passOn(answer, attempt, resolved.responseHeaders);
      } catch (error) {
        answer.exchange.close();
        throw error;
      }
    },
  };
}
