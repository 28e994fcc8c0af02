import type { Readable } from 'node:stream';
import type { FileContentError } from '../../errors';
import type { Settings } from '../../options/options';
import type { LocatedProvider, UpstreamResponse } from '../../provider-contract/provider';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { ownMember } from '../../values/own-members';
import { MAX_REFUSAL_BYTES, refusalError } from './refusal';
import { meaningOf } from './refusal-meaning';
import { cleanUpstreamCode, readUpstreamCode } from './upstream-code';

/** The longest time to wait for the text of a refusal. Its status is already known, and the client is waiting. */
const MAX_REFUSAL_MS = 5000;
const MOST_PIECES = 64;

/**
 * Codes of a 400 or 403 for a token, a signature or a key that is no longer valid, besides those that contain
 * "expired". A new credential helps. `AuthenticationFailed` is Azure Storage's code for an expired shared access
 * signature.
 */
const STALE_CREDENTIAL: ReadonlySet<string> = new Set([
  'API_KEY_INVALID',
  'AuthenticationFailed',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
  'incorrect_api_key',
  'invalid_api_key',
]);

function isStale(code: string): boolean {
  // S3's RequestExpired means that the gateway's clock is wrong.
  return STALE_CREDENTIAL.has(code) || (/expired/i.test(code) && code !== 'RequestExpired');
}

/**
 * Tells whether the provider refused the credential, so that a new one may help. A 403 means that it lacks a
 * permission. A 400 to HEAD has no code and may be an expired token.
 */
export function isCredentialRefused(error: FileContentError, { upstreamStatus, upstreamCode }: Transfer): boolean {
  if (error.code !== 'provider_auth_failed') return false;
  if (upstreamCode === undefined) return upstreamStatus === 401 || upstreamStatus === 400;
  return upstreamStatus === 401 || isStale(upstreamCode);
}

/** A response that refuses: its head, and its body, which is closed once enough of it was read. */
export interface Refusal {
  readonly head: UpstreamResponse;
  readonly response: Readable;
  /** The request. Undefined if the provider's function made it. */
  readonly request?: { readonly url: URL };
  close(): void;
}

/** The context in which a refusal is read. */
export interface ReadRefusalOptions {
  readonly transfer: Transfer;
  readonly provider: Pick<LocatedProvider, 'name' | 'classifyRefusal' | 'translateRefusal'>;
  readonly watchdog: Pick<Watchdog<Phase>, 'pause'>;
  readonly settings: Pick<Settings, 'timeouts'>;
}

/** Reads the text of a provider's refusal, within limits of size and time, and gives it OpenAI's shape. */
export async function readRefusal(
  exchange: Refusal,
  { transfer, provider, watchdog, settings }: ReadRefusalOptions,
): Promise<FileContentError> {
  const { response, head } = exchange;
  const chunks: Buffer[] = [];
  let size = 0;
  const { signal } = transfer;
  const onAbort = (): void => void response.destroy();
  signal.addEventListener('abort', onAbort);
  // A text that stalls must not replace the known failure by a timeout.
  watchdog.pause();
  const enough = setTimeout(
    () => response.destroy(),
    Math.min(settings.timeouts.idle || MAX_REFUSAL_MS, MAX_REFUSAL_MS),
  );
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      // A text that arrives in tiny chunks is not kept as thousands of buffers.
      if (chunks.length === MOST_PIECES) chunks.splice(0, MOST_PIECES, Buffer.concat(chunks));
      if (size >= MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // A part of the text is enough: the status is known.
  } finally {
    clearTimeout(enough);
    signal.removeEventListener('abort', onAbort);
    exchange.close();
  }
  signal.throwIfAborted();
  const body = Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES);
  const redact = (text: string): string => transfer.redact(text);
  const meaning = meaningOf(head, body, provider.classifyRefusal);
  transfer.refusedWith(
    cleanUpstreamCode(ownMember(meaning, 'upstreamCode'), redact) ??
      cleanUpstreamCode(readUpstreamCode(head, body), redact),
  );
  return refusalError(head, body, {
    provider: provider.name,
    redact,
    translateRefusal: provider.translateRefusal,
    meaning,
    // Without the query, which may hold a signature.
    path: exchange.request?.url.pathname,
  });
}
