import { setTimeout as delay } from 'node:timers/promises';
import type { Agents } from '../agents';
import { FailedAttempt } from './failed-attempt';
import type { LocatedJob } from './fetch-job';
import { receive } from './receive-content';
import { requestContent } from './request-content';
import type { StoredContent } from './stored-content';

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
  transfer.upstreamCode = undefined;
  const head = await requestContent(job, agents);
  try {
    return await receive(job, head);
  } catch (error) {
    head.exchange.close();
    throw error;
  }
}
