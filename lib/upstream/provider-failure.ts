import { FileContentError } from '../errors';
import { asGatewayFailure } from '../transfer/gateway-failure';
import { asFileContentError, causeOf } from '../transfer/thrown-error';

/** Makes the error for a provider function that failed. Its text is not sent to the client. */
export function providerFailure(provider: string, cause: unknown): FileContentError {
  const message = 'The provider failed to give the content of this file.';
  return (
    asFileContentError(cause) ??
    asGatewayFailure(new FileContentError('provider_error', message, { cause: causeOf(cause), provider }))
  );
}

/** Calls a function of a provider. @throws FileContentError its own, or `provider_error` for any other thrown value */
export function callHook<T>(provider: string, hook: () => T): T {
  try {
    return hook();
  } catch (error) {
    throw providerFailure(provider, error);
  }
}
