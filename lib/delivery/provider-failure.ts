import { FileContentError, isFileContentError } from '../errors';

/** A provider's own function failed: what it says stays inside. */
export function providerFailure(provider: string, cause: unknown): FileContentError {
  if (isFileContentError(cause)) return cause;
  return new FileContentError('provider_error', 'The provider failed to give the content of this file.', {
    cause,
    provider,
  });
}

/** Calls one of a provider's functions. @throws FileContentError its own, or `provider_error` for any other throw */
export function callHook<T>(provider: string, hook: () => T): T {
  try {
    return hook();
  } catch (error) {
    throw providerFailure(provider, error);
  }
}
