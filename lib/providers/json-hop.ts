import { FileContentError } from '../errors';

/** The answer of a first hop is a small JSON document; a longer one is not read. */
const MAX_BYTES = 1024 * 1024;

export interface JSONHop {
  readonly provider: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Asks a provider for the JSON that says where the content is. Redirects are not followed, so the credential reaches
 * no other host; the time is limited by the signal alone.
 *
 * @throws FileContentError with the status that the refusal deserves; none of the provider's text is in it.
 */
export async function fetchJSON({ provider, url, headers, signal }: JSONHop): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { accept: 'application/json', ...headers },
      redirect: 'manual',
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw new FileContentError('provider_unreachable', 'The provider could not be reached.', { provider, cause });
  }
  try {
    if (!response.ok) throw refusal(provider, response);
    return JSON.parse(await readText(response));
  } catch (cause) {
    if (cause instanceof FileContentError) throw cause;
    signal.throwIfAborted();
    throw invalidAnswer(provider, cause);
  } finally {
    // An unread body would hold its connection.
    await response.body?.cancel().catch(() => undefined);
  }
}

export function invalidAnswer(provider: string, cause?: unknown): FileContentError {
  return new FileContentError('provider_invalid_response', 'The provider did not say where the content is.', {
    provider,
    ...(cause === undefined ? undefined : { cause }),
  });
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes of JSON`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusal(provider: string, { status, headers }: Response): FileContentError {
  const cause = new Error(`the provider answered ${status} when it was asked where the content is`);
  if (status === 404) return new FileContentError('file_not_found', 'No such file.', { provider, cause });
  if (status === 401 || status === 403) {
    const message = "The provider did not accept the gateway's credential.";
    return new FileContentError('provider_auth_failed', message, { provider, cause });
  }
  if (status === 429) {
    const retryAfter = headers.get('retry-after');
    return new FileContentError('rate_limited', 'The provider asks for fewer requests.', {
      provider,
      cause,
      ...(retryAfter === null ? undefined : { headers: { 'retry-after': retryAfter } }),
    });
  }
  const isError = status >= 400 && status <= 599;
  return new FileContentError(
    isError ? 'provider_error' : 'provider_invalid_response',
    'The provider refused to say where the content is.',
    { provider, cause, ...(isError ? { status } : undefined) },
  );
}
