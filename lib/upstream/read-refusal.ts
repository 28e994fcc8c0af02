import type { Readable } from 'node:stream';
import type { FileContentError } from '../errors';
import type { Settings } from '../options';
import type { LocatedProvider, UpstreamResponse } from '../provider';
import type { Transfer } from '../transfer/transfer';
import type { Phase, Watchdog } from '../transfer/watchdog';
import { ownMember } from '../values/own-members';
import { MAX_REFUSAL_BYTES, refusalError } from './refusal';
import { meaningOf } from './refusal-meaning';
import { cleanUpstreamCode, readUpstreamCode } from './upstream-code';

/** The client waits for a refusal's text, whose status is known already, no longer than this altogether. */
const MAX_REFUSAL_MS = 5000;
const MOST_PIECES = 64;

/**
 * Codes for a token, a signature or a key that is not valid any more, besides those that contain "expired": a 400 or a
 * 403 that a new one mends. `AuthenticationFailed` is what Azure Storage says of a shared access signature that has
 * expired.
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
  // S3's RequestExpired is about the clock.
  return STALE_CREDENTIAL.has(code) || (/expired/i.test(code) && code !== 'RequestExpired');
}

/**
 * Was it the credential that the provider refused, so that a new one may help? A 403 says that it lacks a permission. A
 * 400 to HEAD has no code: it may be an expired token.
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
  close(): void;
}

/** For whom a refusal is read. */
export interface ReadRefusalOptions {
  readonly transfer: Transfer;
  readonly provider: Pick<LocatedProvider, 'name' | 'classifyRefusal' | 'translateRefusal'>;
  readonly watchdog: Pick<Watchdog<Phase>, 'pause'>;
  readonly settings: Pick<Settings, 'timeouts'>;
}

/** Reads what a provider says of its refusal, up to a bound of size and time, and gives it OpenAI's shape. */
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
  // A text that stalls or drips does not make another failure of the one that is known.
  watchdog.pause();
  const enough = setTimeout(
    () => response.destroy(),
    Math.min(settings.timeouts.idle || MAX_REFUSAL_MS, MAX_REFUSAL_MS),
  );
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      // A text that drips is not kept in thousands of pieces.
      if (chunks.length === MOST_PIECES) chunks.splice(0, MOST_PIECES, Buffer.concat(chunks));
      if (size >= MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What arrived of it is enough: the status is known.
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
  });
}
