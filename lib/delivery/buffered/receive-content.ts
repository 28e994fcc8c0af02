import { isFileContentError } from '../../errors';
import { headersOf } from '../../http/message-headers';
import { acceptHead, headProblem, WHOLE, withoutRawBytes } from '../../http/response-head';
import { upstreamRequestId } from '../../http/response-headers';
import type { UpstreamResponse } from '../../provider';
import { discardSource } from '../../upstream/iterate';
import { providerFailure } from '../../upstream/provider-failure';
import { headersFromProvider, transformFromProvider } from '../../upstream/provider-hooks';
import { isCredentialRefused, readRefusal } from '../../upstream/read-refusal';
import { throughTransform } from '../../upstream/through-transform';
import { invalidResponse, tooLarge } from '../../upstream/upstream-error';
import { ownMember, ownMembers } from '../../values/own-members';
import { takePastParser } from '../relay/body-reader';
import { checksumCheck } from './content-checksum';
import { FailedAttempt } from './failed-attempt';
import { isPassedAsSent, type LocatedJob, methodFor } from './fetch-job';
import type { RequestedHead } from './request-content';
import { type StoredContent, selectFor } from './send';
import { sizeLimit, store } from './store';

/**
 * Takes what a provider answered: a refusal is thrown, a content is stored whole.
 *
 * @throws FailedAttempt, FileContentError, or the transfer's abort reason; the exchange is the caller's to close then
 */
export async function receive(job: LocatedJob, fetched: RequestedHead): Promise<StoredContent> {
  const { transfer, watchdog, settings } = job;
  const { provider } = job.resolved;
  const { response, exchange } = fetched;
  const upstream: UpstreamResponse = { status: response.statusCode ?? 0, headers: ownMembers(headersOf(response)) };
  const { status, headers } = upstream;
  transfer.responded(status, upstreamRequestId(headers));
  if (status >= 400 && status <= 599) {
    const error = await readRefusal({ response, exchange }, { transfer, provider, watchdog, settings }, upstream);
    throw FailedAttempt.refused(error, status, headersOf(response), isCredentialRefused(error, transfer));
  }
  const method = methodFor(job);
  const problem = headProblem(status, headers, WHOLE);
  if (problem !== undefined) throw invalidResponse(provider.name, problem);
  const head = acceptHead(status, headers, method);
  const added = { ...headersFromProvider(provider, upstream), ...job.resolved.responseHeaders };
  const about = { status, headers, added, size: head.contentLength, spool: undefined, certainty: 'yes' } as const;
  if (head.isBodiless) {
    if (fetched.method === 'GET' && method === 'HEAD') exchange.close();
    else response.resume();
    return isPassedAsSent(provider) ? about : { ...about, headers: withoutRawBytes(headers) };
  }
  const limit = sizeLimit(settings);
  if ((head.contentLength ?? 0) > limit) throw tooLarge(provider.name, limit);
  if (isPassedAsSent(provider) && selectFor(transfer, about)?.status === 304) {
    exchange.close();
    return about;
  }
  return await receiveContent(job, fetched, about);
}

async function receiveContent(
  job: LocatedJob,
  { response, exchange, lateError }: RequestedHead,
  about: Pick<StoredContent, 'status' | 'headers' | 'added' | 'size'>,
): Promise<StoredContent> {
  const { transfer, watchdog, settings, space } = job;
  const { provider } = job.resolved;
  const transform = transformFromProvider(provider, about, transfer);
  const declared = about.size;
  const isDelimited = declared !== undefined || ownMember(about.headers, 'transfer-encoding') !== undefined;
  const checksum = checksumCheck(about.status, about.headers);
  let arrived = 0;
  const pastParser = transform ? undefined : takePastParser(response, declared);
  if (transform) response.on('data', count);
  const transformed = transform && throughTransform(response, transform, () => watchdog.activity());
  try {
    const spool = await store(transformed ?? pastParser ?? response, {
      transfer,
      watchdog,
      space,
      limit: sizeLimit(settings),
      provider: provider.name,
      expected: transform ? undefined : declared,
      observe: transform ? undefined : checksum?.update,
      verify(size) {
        const received = transform ? arrived : size;
        // Node 24 takes a reset for the end of a message that only the closing of its connection ends.
        const late = isDelimited ? undefined : lateError();
        if (late !== undefined) throw late;
        const isComplete = response.complete || pastParser !== undefined;
        if (!isComplete || (declared !== undefined && received !== declared)) {
          throw new Error(`${received} of ${declared ?? 'an unknown number of'} bytes arrived`);
        }
        const problem = checksum?.problem();
        if (problem !== undefined) throw FailedAttempt.corrupted(problem, provider.name);
      },
    });
    // Its parser knows nothing of the body, so the connection is of no more use.
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
    throw FailedAttempt.afterHead(lateError() ?? error, provider.name);
  } finally {
    // Another attempt has another one.
    if (transform) discardSource(transform);
  }

  function count(chunk: Buffer): void {
    arrived += chunk.length;
    checksum?.update(chunk);
  }
}
