import { FileContentError } from '../../errors';

/**
 * Refuses a URL whose origin is not listed, before anything is sent to it. Without a list every origin is allowed.
 *
 * @param allowed the option `allowedOrigins`, parsed
 * @param what the source of the URL for the record's cause, such as `locate() returned a "url"`
 * @throws FileContentError `resolver_failed`
 */
export function requireAllowedOrigin(
  url: URL,
  allowed: ReadonlySet<string> | undefined,
  provider: string,
  what: string,
): void {
  if (!allowed || allowed.has(url.origin)) return;
  throw new FileContentError('resolver_failed', 'The gateway could not determine where this file is held.', {
    cause: new TypeError(
      `provider ${provider}: ${what} of the origin ${url.origin}, which "allowedOrigins" does not list`,
    ),
    provider,
  });
}

/** Makes the check that a provider gets for the requests that it sends itself. */
export function originCheck(allowed: ReadonlySet<string> | undefined, provider: string): (url: string | URL) => void {
  return function requireAllowed(url: string | URL): void {
    requireAllowedOrigin(new URL(url), allowed, provider, 'it asks a URL');
  };
}
