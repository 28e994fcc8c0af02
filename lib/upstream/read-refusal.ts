import type { FileContentError } from '../errors';
import type { UpstreamResponse } from '../provider';
import type { Transfer } from '../transfer/transfer';
import { ownMember } from '../values/own-members';
import { MAX_REFUSAL_BYTES, refusalError } from './refusal';
import { meaningOf } from './refusal-meaning';
import type { Answer, Attempt } from './request-head';
import { cleanUpstreamCode, readUpstreamCode } from './upstream-code';

/** The client waits for a refusal's text, whose status is known already, no longer than this altogether. */
const MAX_REFUSAL_MS = 5000;
const MOST_PIECES = 64;

/**
 * Codes of S3, Azure and Google for a token, a signature or a key that has expired or is not known any more: a 400 or a 403
 * that a new one mends.
 */
const STALE_CREDENTIAL = /expired|^API_KEY_INVALID$|^InvalidToken$|^InvalidAccessKeyId$/i;

/** Was it the credential that the provider refused, so that a new one may help? A 403 says that it lacks a permission. */
export function isCredentialRefused(error: FileContentError, { upstreamStatus, upstreamCode = '' }: Transfer): boolean {
  return error.code === 'provider_auth_failed' && (upstreamStatus === 401 || STALE_CREDENTIAL.test(upstreamCode));
}

/** Reads what a provider says of its refusal, up to a bound of size and time, and gives it OpenAI's shape. */
export async function readRefusal(
  { response, exchange }: Pick<Answer, 'response' | 'exchange'>,
  { transfer, provider, watchdog, settings }: Pick<Attempt, 'transfer' | 'provider' | 'watchdog' | 'settings'>,
  upstream: UpstreamResponse,
): Promise<FileContentError> {
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
  const meaning = meaningOf(upstream, body, provider.classifyRefusal);
  transfer.upstreamCode =
    cleanUpstreamCode(ownMember(meaning, 'upstreamCode'), redact) ??
    cleanUpstreamCode(readUpstreamCode(upstream, body), redact);
  return refusalError(upstream, body, {
    provider: provider.name,
    redact,
    redactedError: provider.redactedError,
    meaning,
  });
}
