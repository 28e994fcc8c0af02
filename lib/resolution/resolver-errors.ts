import { FileContentError } from '../errors';
import { asFileContentError, causeOf } from '../transfer/thrown-error';
import { resultMistake } from '../values/mistakes';

/**
 * Makes the error for a mistake in the gateway's code. The operator finds it in the record's cause; the client gets no
 * details.
 */
export function invalidResolution(problem: string): FileContentError {
  return new FileContentError('resolver_failed', 'The gateway could not determine where this file is held.', {
    cause: resultMistake(problem),
  });
}

/**
 * Converts a value that a resolver or a provider threw to the client's error: its own {@link FileContentError}, or a
 * 500 without details.
 */
export function asResolverError(thrown: unknown): FileContentError {
  const message = 'The gateway could not determine where this file is held.';
  return asFileContentError(thrown) ?? new FileContentError('resolver_failed', message, { cause: causeOf(thrown) });
}
