import type { FileContentError } from '../../errors';
import type { Settings } from '../../options';
import type { Agents, LocatedProvider } from '../../provider';
import type { ResolvedTransfer } from '../../transfer/record';
import { secretsOf } from '../../transfer/redaction';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { agentsOf, freshAgents } from '../../upstream/agents/fresh-agents';
import { isNamedVersion, unprovenIfRange } from '../../upstream/if-range';
import { type LocatedUpstream, locateUpstream, relocateUpstream } from '../../upstream/locate';
import { isCredentialRefused } from '../../upstream/read-refusal';
import { isMethodRefused, redirectTarget } from '../../upstream/redirect';
import { type Answer, type Attempt, requestHead, StaleConnection } from '../../upstream/request-head';
import { passOn, refusalOf } from './pass-on';
import { createEngine } from './proxy-exchange';

type StreamedTransfer = ResolvedTransfer & { readonly provider: LocatedProvider };

/** A response, and what led to it. */
interface Answered {
  readonly answer: Answer;
  readonly attempt: Attempt;
  readonly located: LocatedUpstream;
}

export interface StreamingDelivery {
  /** Resolves when the whole response was given to the client's connection. @throws FileContentError, or the transfer's abort reason */
  deliver(transfer: Transfer, resolved: StreamedTransfer, watchdog: Watchdog<Phase>): Promise<void>;
}

export function createStreamingDelivery(settings: Settings, shared: Agents): StreamingDelivery {
  const engine = createEngine();
  const fresh = freshAgents(shared);

  /**
   * The first response that is neither a refusal nor one that this client cannot be given: a refused credential, a HEAD that
   * is not implemented and an ignored If-Range each lead to one other request.
   */
  async function acceptedAnswer(asked: Attempt, resolved: StreamedTransfer): Promise<Answered> {
    const { transfer, provider } = asked;
    const options = { settings, agents: agentsOf(provider, shared) };
    let attempt = asked;
    let outside: { readonly error: FileContentError; readonly ifRange: string } | undefined;
    let located: LocatedUpstream;
    try {
      located = await locateUpstream(transfer, resolved, { ...options, method: attempt.method });
    } finally {
      // Adapters hear of the start once the provider's address is known, and of a transfer that fails at finding it, too.
      transfer.started();
    }
    for (let hasRenewed = false; ; ) {
      const answered = await firstAnswer(attempt, resolved, located);
      const { answer } = answered;
      if (attempt.method === 'HEAD' && isMethodRefused(answer.response)) {
        answer.response.resume();
        // Range has no meaning for HEAD, so the head of the whole content is given.
        attempt = { ...attempt, method: 'GET', isWhole: true };
        located = await locateUpstream(transfer, resolved, { ...options, method: 'GET' });
        transfer.forgetResponse();
        continue;
      }
      const error = await refusalOf(answer, attempt);
      const ifRange = attempt.isWhole === true ? undefined : unprovenIfRange(answer, transfer);
      if (ifRange !== undefined) {
        answer.exchange.close();
        outside = error && { error, ifRange };
        attempt = { ...attempt, isWhole: true };
        located = answered.located;
      } else if (error === undefined) {
        if (outside === undefined || answer.response.statusCode !== 200 || !isNamedVersion(answer, outside.ifRange)) {
          return answered;
        }
        // It is the version that the client has a part of, and the Range does lie outside.
        answer.exchange.close();
        transfer.responded(outside.error.status, transfer.upstreamRequestId);
        throw refuse(transfer, outside.error);
      } else {
        const mayRenew = !hasRenewed && isCredentialRefused(error, transfer);
        const renewed = mayRenew
          ? await relocateUpstream(transfer, resolved, { ...options, method: attempt.method }, located)
          : undefined;
        if (renewed === undefined) throw refuse(transfer, error);
        hasRenewed = true;
        located = renewed;
      }
      transfer.forgetResponse();
    }
  }

  /** A request that a stale connection swallowed is made once more, over a new one. */
  async function firstAnswer(
    attempt: Attempt,
    resolved: StreamedTransfer,
    located: LocatedUpstream,
  ): Promise<Answered> {
    const { transfer, method, provider } = attempt;
    const agents = agentsOf(provider, shared);
    try {
      return { answer: await follow(attempt, located, agents), attempt, located };
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
    }
    const again = await locateUpstream(transfer, resolved, { settings, agents, method });
    const answer = await follow(attempt, again, fresh).catch((error: unknown) => {
      throw error instanceof StaleConnection ? error.answer : error;
    });
    return { answer, attempt, located: again };
  }

  async function follow(attempt: Attempt, start: LocatedUpstream, through: Agents): Promise<Answer> {
    let located = start;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await requestHead(engine, attempt, located, through);
      attempt.transfer.responded(answer.response.statusCode);
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
      const method = transfer.method === 'HEAD' ? 'HEAD' : 'GET';
      const asked = await acceptedAnswer({ transfer, provider, watchdog, settings, method }, resolved);
      try {
        await passOn(asked.answer, asked.attempt, resolved.responseHeaders);
      } catch (error) {
        asked.answer.exchange.close();
        throw error;
      }
    },
  };
}

function refuse(transfer: Transfer, error: FileContentError): FileContentError {
  transfer.fail(error, 'upstream_error');
  return error;
}
