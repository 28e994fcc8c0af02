import type { IncomingHttpHeaders } from 'node:http';
import { mayHaveSuffix } from '../http/byte-ranges';
import { RANGE_AND_CONDITIONS, upstreamRequestHeaders } from '../http/request-headers';
import { askedBy, headProblem } from '../http/response-head';
import { upstreamRequestId } from '../http/response-headers';
import type { Settings } from '../options/options';
import type { Agents, LocatedProvider } from '../provider-contract/provider';
import { secretsOf } from '../transfer/redaction/redaction';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import type { Transfer } from '../transfer/transfer';
import type { Phase, Watchdog } from '../transfer/watchdog';
import { emitWithin } from '../values/async-context';
import { ownMember } from '../values/own-members';
import { agentFor } from './agents/agents';
import { agentsOf, freshAgents } from './agents/fresh-agents';
import { inspectStart } from './body-start';
import { type Exchange, exchange } from './exchange';
import { isNamedVersion, unprovenIfRange } from './if-range';
import { locateUpstream, relocateUpstream } from './location/locate';
import type { LocatedUpstream } from './location/located';
import { isMethodRefused, redirectTarget } from './redirect';
import { isCredentialRefused, readRefusal } from './refusal/read-refusal';
import type { Sender } from './sender';
import { invalidResponse, RequestFailure } from './upstream-error';

/** A request for a file at a provider, and its transfer. */
export interface AskOptions {
  readonly transfer: Transfer;
  readonly resolved: ResolvedTransfer & { readonly provider: LocatedProvider };
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
  readonly sender: Sender;
  /** The router's agents. */
  readonly agents: Agents;
  readonly method: 'GET' | 'HEAD';
  /** The client's headers, of which the provider gets those of the allow-list. */
  readonly headers: IncomingHttpHeaders;
  /** Whether the whole file is needed, regardless of the client's range and conditions. */
  readonly isWhole: boolean;
  /**
   * Whether this requests the rest of a body that was cut off. The caller then checks the response, and the headers are
   * sent unchanged.
   */
  readonly isContinuation?: boolean;
}

const NONE: readonly string[] = [];
const PART: readonly string[] = ['range', 'if-range'];

/** Returns the client's headers that are not sent to this provider. */
function withheldFrom({ resolved: { provider }, isWhole, isContinuation, headers }: AskOptions): readonly string[] {
  if (isContinuation) return NONE;
  // Positions and validators of a transformed content are not the provider's.
  if (isWhole || provider.transform !== undefined) return RANGE_AND_CONDITIONS.names;
  const range = provider.suffixRanges === false ? ownMember(headers, 'range') : undefined;
  return range !== undefined && mayHaveSuffix(range) ? PART : NONE;
}

/** One round of requests, with the same method and headers along all redirects. */
interface Round {
  readonly method: 'GET' | 'HEAD';
  readonly withheld: readonly string[];
  readonly agents: Agents;
}

/**
 * Asks a provider for a file: locates it, sends the request, follows redirects, and checks the head of the response.
 * Asks once more each where that is no failure of the provider's or can mend it: over a new connection, where a reused
 * one was closed or spoiled; with a new credential, where it was refused; with GET, where HEAD is not implemented; for
 * the whole file, where the response does not prove to be the version that If-Range names.
 *
 * The exchange is closed with the transfer at the latest.
 *
 * @throws RequestFailure if the provider was not reached or refused; FileContentError for a response that cannot be
 *   passed on, and of `locate()`; the reason of the transfer's abort
 */
export async function ask(options: AskOptions): Promise<Exchange> {
  const { transfer, resolved, watchdog, settings, headers: clientHeaders } = options;
  const { provider } = resolved;
  const agents = agentsOf(provider, options.agents);
  const locateOptions = { settings, agents };
  // The headers for HEAD may depend on the body.
  const firstMethod = provider.inspect === undefined ? options.method : 'GET';
  let round: Round = { method: firstMethod, withheld: withheldFrom(options), agents };
  let outside: { readonly failure: RequestFailure; readonly ifRange: string } | undefined;
  let hasRenewed = false;
  let start: LocatedUpstream;
  if (!options.isContinuation) transfer.forgetResponse();
  try {
    start = await locateUpstream(transfer, resolved, { ...locateOptions, method: round.method });
  } finally {
    // Adapters hear of the start once the provider's address is known, and of a transfer that fails at finding it, too.
    transfer.started();
  }
  for (;;) {
    const { method, withheld } = round;
    let given: Exchange;
    try {
      given = await follow(options, round, start);
    } catch (error) {
      const isStale = error instanceof RequestFailure && error.staleness !== undefined;
      if (!isStale || round.agents !== agents) throw error;
      // A reused connection has swallowed the request.
      round = { ...round, agents: freshAgents(options.agents) };
      start = await locateAgain(method);
      continue;
    }
    if (method === 'HEAD' && isMethodRefused(given.response)) {
      given.response.resume();
      // Range has no meaning for HEAD, so the head of the whole content is given.
      round = { ...round, method: 'GET', withheld: withheld === NONE ? PART : withheld };
      start = await locateAgain('GET');
      continue;
    }
    const { status, headers } = given.head;
    const failure = status >= 400 && status <= 599 ? await readFailure(given, options) : undefined;
    const ifRange = options.isContinuation ? undefined : unprovenIfRange(given, clientHeaders);
    if (ifRange !== undefined) {
      given.close();
      outside = failure && { failure, ifRange };
      round = { ...round, withheld: PART };
      transfer.forgetResponse();
    } else if (failure !== undefined) {
      const renewed =
        !hasRenewed && isCredentialRefused(failure.error, transfer)
          ? await relocateUpstream(transfer, resolved, { ...locateOptions, method }, start)
          : undefined;
      if (renewed === undefined) throw failure;
      hasRenewed = true;
      start = renewed;
      transfer.forgetResponse();
    } else if (outside !== undefined && status === 200 && isNamedVersion(given.head, outside.ifRange)) {
      // It is the version that the client has a part of, and the Range does lie outside.
      given.close();
      transfer.responded(outside.failure.refusal?.status, transfer.upstreamRequestId);
      throw outside.failure;
    } else {
      const problem = headProblem(status, headers, askedBy(given.request.headers));
      if (problem !== undefined) {
        given.close();
        throw invalidResponse(provider.name, problem);
      }
      const isStart = !options.isContinuation;
      if (provider.inspect !== undefined && isStart) await inspectStart(given, { provider, transfer, watchdog });
      return given;
    }
  }

  function locateAgain(method: 'GET' | 'HEAD'): Promise<LocatedUpstream> {
    // `locate()` has a limit of its own.
    watchdog.pause();
    transfer.forgetResponse();
    return locateUpstream(transfer, resolved, { ...locateOptions, method });
  }
}

/** Sends the request, and again to wherever a response redirects. */
async function follow(options: AskOptions, round: Round, start: LocatedUpstream): Promise<Exchange> {
  const { transfer, resolved, watchdog, settings, sender, headers } = options;
  const { provider } = resolved;
  const { method, withheld, agents } = round;
  const allowed =
    withheld === NONE ? settings.requestHeaders : settings.requestHeaders.filter((name) => !withheld.includes(name));
  let located = start;
  for (let redirects = 0; ; redirects += 1) {
    const sent = upstreamRequestHeaders(headers, located.headers, allowed);
    const step = transfer.steps?.request({
      provider: provider.name,
      method,
      origin: located.url.origin,
      attempt: transfer.attempts + 1,
    });
    const request = {
      url: located.url,
      method,
      headers: step === undefined ? sent : { ...sent, ...step.headersFor(sent) },
      agent: agentFor(located.url, agents),
      isTapped: settings.relay,
    };
    transfer.signal.throwIfAborted();
    transfer.asked();
    let given: Exchange;
    try {
      const options = { sender, provider: provider.name, requester: transfer, watchdog };
      given = await (step === undefined ? exchange(request, options) : step.run(() => exchange(request, options)));
    } catch (error) {
      if (error instanceof RequestFailure) transfer.steps?.requestOver(error.error);
      // The provider has seen nothing of it.
      if (error instanceof RequestFailure && error.staleness === 'not sent') transfer.notSent();
      throw error;
    }
    transfer.onSettled(() => given.close());
    transfer.responded(given.head.status, upstreamRequestId(given.head.headers));
    if (step !== undefined) {
      step.responded(given.head.status, given.response);
      // The body comes in the context of the request. What reads it is the transfer's own.
      emitWithin(given.response, (work) => transfer.run(work));
    }
    let next: LocatedUpstream | undefined;
    try {
      next = redirectTarget(given.response, located, redirects, provider, settings.allowedOrigins);
    } catch (error) {
      given.close();
      throw error;
    }
    if (next === undefined) return given;
    given.close();
    const { url } = next;
    transfer.addSecrets(() => secretsOf(url, {}));
    located = next;
  }
}

/** Reads a provider's 4xx or 5xx. */
async function readFailure(
  given: Exchange,
  { transfer, resolved: { provider }, watchdog, settings }: AskOptions,
): Promise<RequestFailure> {
  const error = await readRefusal(given, { transfer, provider, watchdog, settings });
  transfer.steps?.requestOver(error);
  return new RequestFailure(error, { refusal: given.head });
}
