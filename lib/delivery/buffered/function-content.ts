import { types } from 'node:util';
import { filenameOf } from '../../http/content-disposition';
import type { HeaderValues } from '../../http/header-values';
import { headerText } from '../../http/header-values';
import { withoutRawBytes } from '../../http/response-head';
import type { BufferedContent, FetchedProvider, LocatedProvider } from '../../provider-contract/provider';
import { asStep } from '../../transfer/observers/steps';
import { discardSource, untilAborted } from '../../upstream/iterate';
import { originCheck } from '../../upstream/location/allowed-origins';
import { paramsOf } from '../../upstream/location/locate';
import { providerFailure } from '../../upstream/provider-failure';
import { invalidResponse } from '../../upstream/upstream-error';
import { isObject, memberOf } from '../../values/own-members';
import { type CheckedContent, checkContent } from './check-content';
import type { FetchJob } from './fetch-job';
import { fillSpool, sizeLimit } from './fill-spool';
import type { StoredContent } from './send-stored';
import type { Spool } from './spool';

/**
 * Gets a file from a provider's function and stores it. The function is called once: only it knows what can be retried.
 *
 * @throws FileContentError its own, `resolver_failed` for an invalid result, `provider_error` for any other thrown
 *   value
 */
export async function bringContent(job: FetchJob, provider: FetchedProvider): Promise<StoredContent> {
  const { transfer, resolved, watchdog } = job;
  transfer.started();
  transfer.asked();
  watchdog.enter('headers');
  const request = {
    resource: transfer.resource,
    fileId: resolved.fileId,
    params: paramsOf(transfer, resolved),
    // HEAD needs the body too, because only that tells the length.
    method: 'GET',
    attempt: 1,
    transferId: transfer.id,
    signal: transfer.signal,
    agents: job.agents,
    requireAllowed: originCheck(job.settings.allowedOrigins, provider.name),
  } as const;
  const step = { kind: 'function', provider: provider.name } as const;
  return await storeResult(job, 'fetchContent', () =>
    asStep(transfer.steps, step, () => provider.fetchContent(request)),
  );
}

/** Headers that describe the original. A conversion returns its own. */
const OF_ORIGINAL = new Set(['content-disposition', 'content-language', 'content-type']);

/**
 * Converts a stored file and stores the result. The original is always closed.
 *
 * @throws FileContentError as {@link bringContent}; `provider_invalid_response` if the provider sent an encoded body,
 *   which its own `convert` could not read
 */
export async function convertContent(
  job: FetchJob,
  original: StoredContent,
  provider: LocatedProvider,
): Promise<StoredContent> {
  const { spool } = original;
  if (provider.convert === undefined || spool === undefined) return original;
  try {
    const coding = headerText(original.headers, 'content-encoding');
    if (coding !== undefined && coding.toLowerCase() !== 'identity') {
      throw invalidResponse(provider.name, 'a Content-Encoding on a content that has to be converted');
    }
    const given = asBufferedContent(original.headers, readable(spool, job));
    let isSameBody = false;
    const converted = await storeResult(job, 'convert', async () => {
      const returned: unknown = await provider.convert?.(given);
      isSameBody = isObject(returned) && Reflect.get(returned, 'body') === given.body;
      return returned;
    });
    const kept = Object.entries(withoutRawBytes(original.headers)).filter(([name]) => !OF_ORIGINAL.has(name));
    const headers = isSameBody ? converted.headers : withoutValidatorsOf(given, converted.headers);
    return {
      ...converted,
      headers: { ...Object.fromEntries(kept), ...headers },
      certainty: original.certainty,
      added: original.added,
    };
  } finally {
    await spool.close();
  }
}

/** Makes an iterable over the stored bytes that can be read any number of times. Reading counts as progress. */
function readable(spool: Spool, { watchdog }: FetchJob): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of spool.read()) {
        watchdog.activity();
        yield chunk as Buffer;
      }
    },
  };
}

/** Removes validators that a conversion has copied with `{ ...content, body }`: they belong to the original. */
function withoutValidatorsOf({ etag, lastModified }: BufferedContent, headers: HeaderValues): HeaderValues {
  return {
    ...headers,
    ...(headers['etag'] === etag && { etag: undefined }),
    ...(headers['last-modified'] === lastModified?.toUTCString() && { 'last-modified': undefined }),
  };
}

function asBufferedContent(headers: HeaderValues, body: AsyncIterable<Uint8Array>): BufferedContent {
  const contentType = headerText(headers, 'content-type');
  const filename = filenameOf(headerText(headers, 'content-disposition') ?? '');
  const etag = headerText(headers, 'etag');
  const modified = Date.parse(headerText(headers, 'last-modified') ?? '');
  return {
    body,
    ...(contentType !== undefined && { contentType }),
    ...(filename !== undefined && { filename }),
    ...(etag !== undefined && { etag }),
    ...(!Number.isNaN(modified) && { lastModified: new Date(modified) }),
  };
}

async function storeResult(
  { transfer, watchdog, settings, space, resolved }: FetchJob,
  source: 'fetchContent' | 'convert',
  call: () => unknown,
): Promise<StoredContent> {
  const { name } = resolved.provider;
  const { signal } = transfer;
  try {
    const returned = await untilAborted(signal, () => transfer.work.track(call()), discardReturned);
    let checked: CheckedContent;
    try {
      checked = checkContent(returned, name, source);
    } catch (error) {
      discardReturned(returned);
      throw error;
    }
    const limit = sizeLimit(settings);
    const { body, headers } = checked;
    const expected = types.isUint8Array(body) ? body.length : undefined;
    const content = types.isUint8Array(body) ? body : transfer.work.trackSource(body);
    const spool = await fillSpool(content, { transfer, watchdog, space, limit, provider: name, expected });
    return { status: 200, headers, size: spool.size, spool, certainty: 'yes', added: resolved.responseHeaders };
  } catch (error) {
    signal.throwIfAborted();
    const failure = providerFailure(name, error);
    transfer.fail(failure);
    throw failure;
  }
}

function discardReturned(returned: unknown): void {
  if (typeof returned === 'object' && returned !== null) discardSource(memberOf(returned, 'body'));
}
