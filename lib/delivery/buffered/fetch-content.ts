import { setTimeout as delay } from 'node:timers/promises';
import type { Agents } from '../../provider';
import { type LocatedUpstream, type LocateOptions, locateUpstream, relocateUpstream } from '../../upstream/locate';
import { FailedAttempt } from './failed-attempt';
import { type LocatedJob, methodFor } from './fetch-job';
import { receive } from './receive-content';
import { requestContent } from './request-content';
import type { StoredContent } from './send';

/**
 * Fetches a content whole. Nothing has been sent to the client yet, so what failed in passing is retried, up to
 * `buffer.retries` times: with a fresh location and credential, after a pause that ends when the client leaves. All pauses
 * together last 2 s at most, 1 s for a rate limit.
 *
 * @throws FileContentError, or the transfer's abort reason
 */
export async function fetchContent(job: LocatedJob): Promise<StoredContent> {
  const { transfer, watchdog, settings } = job;
  let { agents } = job;
  let renewed: LocatedUpstream | undefined;
  let hasRenewed = false;
  let isFirst = true;
  let pausedMs = 0;
  for (let repetitions = 0; ; ) {
    const located = renewed ?? (await locate(job, isFirst));
    isFirst = false;
    renewed = undefined;
    try {
      return await attempt(job, located, agents);
    } catch (error) {
      transfer.signal.throwIfAborted();
      if (!(error instanceof FailedAttempt)) throw error;
      watchdog.pause();
      if (error.isStale && agents !== job.freshAgents) {
        // No failure of the provider's: it had closed an idle connection, as it may.
        agents = job.freshAgents;
        continue;
      }
      if (error.isCredentialRefused && !hasRenewed) {
        hasRenewed = true;
        renewed = await relocateUpstream(transfer, job.resolved, locateOptions(job), located);
        if (renewed !== undefined) continue;
      }
      const pauseMs = repetitions < settings.buffer.retries ? error.pauseMs(repetitions, pausedMs) : undefined;
      if (pauseMs === undefined) {
        transfer.fail(error.error, error.outcome);
        throw error.error;
      }
      repetitions += 1;
      pausedMs += pauseMs;
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

function locateOptions(job: LocatedJob): LocateOptions {
  return { settings: job.settings, agents: job.agents, method: methodFor(job) };
}

/** Adapters hear of the start once the provider's address is known, and of a transfer that fails at finding it, too. */
async function locate(job: LocatedJob, isFirst: boolean): Promise<LocatedUpstream> {
  const { transfer, resolved } = job;
  try {
    return await locateUpstream(transfer, resolved, locateOptions(job));
  } finally {
    if (isFirst) transfer.started();
  }
}

async function attempt(job: LocatedJob, located: LocatedUpstream, agents: Agents): Promise<StoredContent> {
  const { transfer } = job;
  transfer.forgetResponse();
  const head = await requestContent(job, located, agents);
  try {
    return await receive(job, head);
  } catch (error) {
    head.exchange.close();
    throw error;
  }
}
