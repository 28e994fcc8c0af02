import { isFileContentError } from '../../errors';
import { acceptHead, withoutRawBytes } from '../../http/response-head';
import type { Exchange } from '../../upstream/exchange';
import { discardSource } from '../../upstream/iterate';
import { providerFailure } from '../../upstream/provider-failure';
import { headersFromProvider, transformFromProvider } from '../../upstream/provider-hooks';
import { resumptionOf, withReason } from '../../upstream/resume/resumption';
import { throughTransform } from '../../upstream/through-transform';
import { afterHead, tooLarge } from '../../upstream/upstream-error';
import { ownMember } from '../../values/own-members';
import { readPastParser } from '../relay/body-reader';
import { checksumCheck } from './content-checksum';
import { FailedAttempt } from './failed-attempt';
import { isPassedAsSent, type LocatedJob, methodFor, wholeFile } from './fetch-job';
import { fillSpool, sizeLimit } from './fill-spool';
import { resumedSource } from './resumed-source';
import { type StoredContent, selectFor } from './send-stored';

/**
 * Stores the whole body of a response.
 *
 * @throws FailedAttempt, FileContentError, or the transfer's abort reason; the caller must then close the exchange
 */
export async function receive(job: LocatedJob, exchange: Exchange): Promise<StoredContent> {
  const { transfer, settings } = job;
  const { provider } = job.resolved;
  const { status, headers } = exchange.head;
  const method = methodFor(job);
  const head = acceptHead(status, headers, method);
  const added = { ...headersFromProvider(provider, exchange.head), ...job.resolved.responseHeaders };
  const about = { status, headers, added, size: head.contentLength, spool: undefined, certainty: 'yes' } as const;
  if (head.isBodiless) {
    if (exchange.request.method === 'GET' && method === 'HEAD') exchange.close();
    else exchange.response.resume();
    return isPassedAsSent(provider) ? about : { ...about, headers: withoutRawBytes(headers) };
  }
  const limit = sizeLimit(settings);
  if ((head.contentLength ?? 0) > limit) throw tooLarge(provider.name, limit);
  if (isPassedAsSent(provider) && selectFor(transfer, about)?.status === 304) {
    exchange.close();
    return about;
  }
  return await receiveContent(job, exchange, about);
}

async function receiveContent(
  job: LocatedJob,
  exchange: Exchange,
  about: Pick<StoredContent, 'status' | 'headers' | 'added' | 'size'>,
): Promise<StoredContent> {
  const { transfer, watchdog, settings, space } = job;
  const { provider } = job.resolved;
  const { response } = exchange;
  const transform = transformFromProvider(provider, exchange.head, transfer);
  const declared = about.size;
  const isDelimited = declared !== undefined || ownMember(about.headers, 'transfer-encoding') !== undefined;
  const checksum = checksumCheck(about.status, about.headers);
  let arrived = 0;
  const options = wholeFile(job);
  const resumption = transform ? undefined : resumptionOf(exchange, options);
  const isResumable = typeof resumption === 'object';
  const pastParser = transform ? undefined : readPastParser(response, declared);
  if (transform) response.on('data', count);
  const transformed = transform && throughTransform(response, transform, () => watchdog.activity());
  try {
    const source = transformed ?? pastParser ?? response;
    const spool = await fillSpool(isResumable ? resumedSource(exchange, source, resumption, options) : source, {
      transfer,
      watchdog,
      space,
      limit: sizeLimit(settings),
      provider: provider.name,
      expected: transform ? undefined : declared,
      observe: transform ? undefined : checksum?.update,
      verify(size) {
        const received = transform ? arrived : size;
        // Node 24 treats a reset as the end of a body that is delimited by the closing of the connection.
        const late = isDelimited ? undefined : exchange.lateError;
        if (late !== undefined) throw late;
        // A resumed source ends only with the last byte.
        const isComplete = response.complete || pastParser !== undefined || isResumable;
        if (!isComplete || (declared !== undefined && received !== declared)) {
          throw new Error(`${received} of ${declared ?? 'an unknown number of'} bytes arrived`);
        }
        const problem = checksum?.problem();
        if (problem !== undefined) throw FailedAttempt.corrupted(problem, provider.name);
      },
    });
    // The parser has not seen the body, so the connection cannot be used again.
    if (pastParser !== undefined) exchange.close();
    const certainty = isDelimited ? 'yes' : 'unknown';
    return {
      ...about,
      headers: transform ? withoutRawBytes(about.headers) : about.headers,
      size: spool.size,
      spool,
      certainty,
    };
  } catch (error) {
    if (isFileContentError(error) || error instanceof FailedAttempt) throw error;
    if (transform && response.complete) throw providerFailure(provider.name, error);
    // A resumed source knows its late errors, and why it was not resumed.
    if (isResumable) throw FailedAttempt.afterHead(error, provider.name);
    const cut = exchange.lateError ?? error;
    const isPlainCut = resumption !== undefined && afterHead(cut, provider.name).outcome === 'upstream_truncated';
    throw FailedAttempt.afterHead(isPlainCut ? withReason(cut, resumption) : cut, provider.name);
  } finally {
    // The next attempt makes its own.
    if (transform) discardSource(transform);
  }

  function count(chunk: Buffer): void {
    arrived += chunk.length;
    checksum?.update(chunk);
  }
}
