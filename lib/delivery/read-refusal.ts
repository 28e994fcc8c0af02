import type { FileContentError } from '../errors';
import type { UpstreamResponse } from '../providers/provider';
import { MAX_REFUSAL_BYTES, refusalError } from './refusal';
import type { Answer, Attempt } from './request-head';

/** Reads what a provider says of its refusal, up to a bound, and gives it OpenAI's shape. */
export async function readRefusal(
  { response, exchange }: Pick<Answer, 'response' | 'exchange'>,
  { transfer, provider, watchdog }: Pick<Attempt, 'transfer' | 'provider' | 'watchdog'>,
  upstream: UpstreamResponse,
): Promise<FileContentError> {
  const chunks: Buffer[] = [];
  let size = 0;
  const { signal } = transfer;
  const onAbort = (): void => void response.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of response) {
      watchdog.activity();
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What arrived of it is enough: the status is known.
  } finally {
    signal.removeEventListener('abort', onAbort);
    exchange.close();
  }
  signal.throwIfAborted();
  const body = Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES);
  return refusalError(upstream, body, {
    provider: provider.name,
    redact: (text) => transfer.redact(text),
    redactedError: provider.redactedError,
  });
}
