import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../../upstream/ask';
import type { Exchange } from '../../upstream/exchange';
import { RequestFailure } from '../../upstream/upstream-error';
import { FailedAttempt } from './failed-attempt';
import { type LocatedJob, wholeFile } from './fetch-job';
import { receive } from './receive-content';
import type { StoredContent } from './send-stored';

/**
 * Fetches the whole file. Nothing has been sent to the client yet, so a transient failure is retried, up to
 * `buffer.retries` times: with a fresh location and credential, after a pause that ends when the client leaves. All
 * pauses together take at most 2 s, 1 s for a rate limit.
 *
 * @throws FileContentError, or the transfer's abort reason
 */
export async function fetchContent(job: LocatedJob): Promise<StoredContent> {
  const { transfer, watchdog, settings } = job;
  let pausedMs = 0;
  for (let retries = 0; ; retries += 1) {
    try {
      const stored = await attempt(job);
      transfer.steps?.requestOver();
      return stored;
    } catch (error) {
      transfer.signal.throwIfAborted();
      if (!(error instanceof FailedAttempt)) throw error;
      transfer.steps?.requestOver(error.error);
      watchdog.pause();
      const pauseMs = retries < settings.buffer.retries ? error.pauseMs(retries, pausedMs) : undefined;
      if (pauseMs === undefined) {
        transfer.fail(error.error, error.outcome);
        throw error.error;
      }
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

async function attempt(job: LocatedJob): Promise<StoredContent> {
  const exchange = await askForWhole(job);
  try {
    return await receive(job, exchange);
  } catch (error) {
    exchange.close();
    throw error;
  }
}

async function askForWhole(job: LocatedJob): Promise<Exchange> {
  try {
    return await ask(wholeFile(job));
  } catch (error) {
    throw error instanceof RequestFailure ? FailedAttempt.of(error) : error;
  }
}
