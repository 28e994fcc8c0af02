import type { FileContentError, FileContentErrorCode } from '../errors';
import type { Outcome } from './record';

/** Why a transfer failed. There is no error if the client stalled, because that is not the gateway's failure. */
export interface Failure {
  readonly outcome: Outcome;
  readonly error?: FileContentError;
}

const OUTCOMES: Readonly<Record<FileContentErrorCode, Outcome>> = {
  invalid_file_id: 'rejected',
  invalid_request: 'rejected',
  body_not_allowed: 'rejected',
  method_not_allowed: 'rejected',
  file_not_found: 'rejected',
  range_not_satisfiable: 'rejected',
  rate_limited: 'rejected',
  overloaded: 'rejected',
  resolver_failed: 'resolver_failed',
  provider_unreachable: 'upstream_unreachable',
  provider_invalid_response: 'upstream_invalid',
  provider_auth_failed: 'upstream_error',
  provider_error: 'upstream_error',
  provider_timeout: 'upstream_timeout',
  too_large: 'too_large',
  internal_error: 'internal_error',
  aborted: 'client_aborted',
};

/**
 * Returns the outcome of a transfer that failed with this code, unless its failure was recorded with another outcome.
 */
export function outcomeOf(code: FileContentErrorCode): Outcome {
  return OUTCOMES[code];
}

/** Tells whether the client got the file, as far as can be known, or was sent to the provider for it. */
export function isSuccess(outcome: Outcome): boolean {
  return outcome === 'completed' || outcome === 'handed_over';
}
