import { pipeline } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Agents } from '../agents';
import { isFileContentError } from '../errors';
import { type HeaderValues, upstreamRequestHeaders, upstreamRequestId } from '../headers';
import type { Settings } from '../options';
import { ownMembers } from '../own-members';
import type { LocatedProvider, UpstreamResponse } from '../providers/provider';
import type { ResolvedTransfer } from '../resolution';
import type { Transfer } from '../transfer';
import { locateUpstream } from '../upstream';
import type { Watchdog } from '../watchdog';
import { FailedAttempt } from './failed-attempt';
import { type FetchedHead, fetchHead } from './fetch';
import type { Phase } from './flow-watchdog';
import { takePastParser } from './intake';
import { providerFailure } from './provider-failure';
import { headersFromProvider, transformFromProvider } from './provider-hooks';
import { readRefusal } from './read-refusal';
import { redirectTarget } from './redirect';
import { acceptHead, headProblem } from './response-head';
import type { SpoolSpace } from './spool-space';
import { sizeLimit, store } from './store';
import { type StoredContent, selectFor } from './stored-content';
import { invalidResponse, tooLarge } from './upstream-error';

/** One transfer and all that is needed to fetch its content. */
export interface FetchJob {
  readonly transfer: Transfer;
  readonly resolved: ResolvedTransfer;
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
  readonly space: SpoolSpace;
  readonly agents: Agents;
  /** For repeating what a stale connection swallowed: every connection is new. */
  readonly freshAgents: Agents;
}

export type LocatedJob = FetchJob & { readonly resolved: { readonly provider: LocatedProvider } };

/** The whole content is fetched, whatever part is asked for; conditions are evaluated here, against what it says of itself. */
const ANSWERED_HERE = new Set([
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
]);

/**
 * Fetches a content whole. Nothing has been sent to the client yet, so what failed in passing is repeated, up to
 * `buffer.retries` times: with a fresh location and credential, after a pause that ends when the client leaves.
 *
 * @throws FileContentError, or the transfer's abort reason
 */
export async function fetchContent(job: LocatedJob): Promise<StoredContent> {
  const { transfer, watchdog, settings } = job;
  let { agents } = job;
  for (let repetitions = 0; ; ) {
    try {
      return await attempt(job, agents);
    } catch (error) {
      transfer.signal.throwIfAborted();
      if (!(error instanceof FailedAttempt)) throw error;
      watchdog.pause();
      if (error.isStale && agents !== job.freshAgents) {
        // No failure of the provider's: it had closed an idle connection, as it may.
        agents = job.freshAgents;
        continue;
      }
      const pauseMs = repetitions < settings.buffer.retries ? error.pauseMs(repetitions) : undefined;
      if (pauseMs === undefined) {
        transfer.fail(error.error, error.outcome);
        throw error.error;
      }
      repetitions += 1;
      await pause(pauseMs, transfer.signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}

async function attempt(job: LocatedJob, agents: Agents): Promise<StoredContent> {
  const { transfer } = job;
  transfer.upstreamStatus = undefined;
  transfer.upstreamRequestId = undefined;
  const head = await requestContent(job, agents);
  try {
    return await receive(job, head);
  } catch (error) {
    head.exchange.close();
    throw error;
  }
}

/** HEAD needs no content, unless the content's length is known only after it went through the provider's functions. */
function methodFor({ transfer, resolved: { provider } }: LocatedJob): 'GET' | 'HEAD' {
  const isHeadEnough = provider.convert === undefined && provider.transform === undefined;
  return transfer.req.method === 'HEAD' && isHeadEnough ? 'HEAD' : 'GET';
}

async function requestContent(job: LocatedJob, agents: Agents): Promise<FetchedHead> {
  const { transfer, resolved, watchdog, settings } = job;
  const { provider } = resolved;
  const method = methodFor(job);
  const isFirst = transfer.attempts === 0;
  // Adapters hear of the start once the provider's address is known, and of a transfer that fails at finding it, too.
  let located = await locateUpstream(transfer, resolved, { settings, agents: job.agents, method }).finally(() => {
    if (isFirst) transfer.started();
  });
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
      located = next;
    } catch (error) {
      transfer.upstreamStatus = head.response.statusCode;
      head.exchange.close();
      throw error;
    }
    head.exchange.close();
    // Of the next request's connection.
    watchdog.pause();
  }
}

async function receive(job: LocatedJob, fetched: FetchedHead): Promise<StoredContent> {
  const { transfer, watchdog, settings } = job;
  const { provider } = job.resolved;
  const { response, exchange } = fetched;
  const upstream: UpstreamResponse = { status: response.statusCode ?? 0, headers: ownMembers(response.headers) };
  const { status, headers } = upstream;
  transfer.upstreamStatus = status;
  transfer.upstreamRequestId = upstreamRequestId(headers);
  if (status >= 400 && status <= 599) {
    const error = await readRefusal({ response, exchange }, { transfer, provider, watchdog, settings }, upstream);
    throw FailedAttempt.refused(error, status, response.headers);
  }
  const method = methodFor(job);
  const problem =
    headProblem(status, headers, { range: undefined }) ??
    (status === 304 ? 'status 304 although no condition was set' : undefined);
  if (problem !== undefined) throw invalidResponse(provider.name, problem);
  const head = acceptHead(status, headers, method);
  const added = headersFromProvider(provider, upstream);
  const about = { status, headers, added, size: head.contentLength, spool: undefined, certainty: 'yes' } as const;
  if (head.isBodiless) {
    response.resume();
    return about;
  }
  const limit = sizeLimit(settings);
  if (head.contentLength !== undefined && head.contentLength > limit) throw tooLarge(provider.name, limit);
  const isAsStored = provider.convert === undefined && provider.transform === undefined;
  if (isAsStored && selectFor(transfer, about)?.status === 304) {
    exchange.close();
    return about;
  }
  return await receiveContent(job, fetched, about);
}

async function receiveContent(
  job: LocatedJob,
  { response, exchange, lateError }: FetchedHead,
  about: Pick<StoredContent, 'status' | 'headers' | 'added' | 'size'>,
): Promise<StoredContent> {
  const { transfer, watchdog, settings, space } = job;
  const { provider } = job.resolved;
  const transform = transformFromProvider(provider, about);
  const declared = about.size;
  const isDelimited = declared !== undefined || about.headers['transfer-encoding'] !== undefined;
  let arrived = 0;
  const pastParser = transform ? undefined : takePastParser(response, declared);
  if (transform) response.on('data', count);
  try {
    const spool = await store(transform ? pipeline(response, transform, () => undefined) : (pastParser ?? response), {
      transfer,
      watchdog,
      space,
      limit: sizeLimit(settings),
      provider: provider.name,
      expected: transform ? undefined : declared,
      verify(size) {
        const received = transform ? arrived : size;
        // Node 24 takes a reset for the end of a message that only the closing of its connection ends.
        const late = isDelimited ? undefined : lateError();
        if (late !== undefined) throw late;
        const isComplete = response.complete || pastParser !== undefined;
        if (isComplete && (declared === undefined || received === declared)) return;
        throw new Error(`${received} of ${declared ?? 'an unknown number of'} bytes arrived`);
      },
    });
    // Its parser knows nothing of the body, so the connection is of no more use.
    if (pastParser !== undefined) exchange.close();
    const certainty = isDelimited ? 'yes' : 'unknown';
    return {
      ...about,
      headers: transform ? withoutValidators(about.headers) : about.headers,
      size: spool.size,
      spool,
      certainty,
    };
  } catch (error) {
    transfer.signal.throwIfAborted();
    if (isFileContentError(error)) throw error;
    if (transform && response.complete) throw providerFailure(provider.name, error);
    throw FailedAttempt.afterHead(lateError() ?? error, provider.name);
  }

  function count(chunk: Buffer): void {
    arrived += chunk.length;
  }
}

/** Of the bytes as the provider sent them, untrue of what they were made into. */
const OF_ORIGINAL_BYTES = new Set(['content-encoding', 'content-length', 'etag', 'last-modified']);

function withoutValidators(headers: HeaderValues): HeaderValues {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ORIGINAL_BYTES.has(name)));
}
