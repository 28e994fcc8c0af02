import { FileContentError } from '../errors';
import { asFileContentError, causeOf } from '../transfer/thrown-error';
import { resultMistake } from '../values/mistakes';

/** A gateway's mistake: the operator reads it in the record's cause, the client gets a sentence without details. */
export function invalidResolution(problem: string): FileContentError {
  return new FileContentError('resolver_failed', 'The gateway could not determine where this file is held.', {
    cause: resultMistake(problem),
  });
}

/** What a resolver or a provider threw, as an answer: its own {@link FileContentError}, or a 500 that tells nothing. */
export function asResolverError(thrown: unknown): FileContentError {
  const message = 'The gateway could not determine where this file is held.';
  return asFileContentError(thrown) ?? new FileContentError('resolver_failed', message, { cause: causeOf(thrown) });
}
