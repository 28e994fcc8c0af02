import { FileContentError } from '../errors';
import { asGatewayFailure } from '../transfer/gateway-failure';
import { asFileContentError, causeOf } from '../transfer/thrown-error';

/** A provider's own function failed: what it says stays inside. */
export function providerFailure(provider: string, cause: unknown): FileContentError {
  const message = 'The provider failed to give the content of this file.';
  return (
    asFileContentError(cause) ??
    asGatewayFailure(new FileContentError('provider_error', message, { cause: causeOf(cause), provider }))
  );
}

/** Calls one of a provider's functions. @throws FileContentError its own, or `provider_error` for any other throw */
export function callHook<T>(provider: string, hook: () => T): T {
  try {
    return hook();
  } catch (error) {
    throw providerFailure(provider, error);
  }
}
