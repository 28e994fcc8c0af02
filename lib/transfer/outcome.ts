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
 * The cause of an error if the provider refused a request that came before the one for the content, as for a signed
 * URL. The error is thrown by a provider's function, and nothing else tells that the provider responded.
 */
export class HopRefusal extends Error {
  /** The provider's status. */
  readonly status: number;

  constructor(status: number) {
    super(`the provider answered ${status} when it was asked where the content is`);
    this.status = status;
  }
}

/**
 * Returns the outcome of a transfer that failed with this error, unless its failure was recorded with another outcome.
 */
export function outcomeOf({ code, cause }: FileContentError): Outcome {
  const outcome = OUTCOMES[code];
  return outcome === 'rejected' && cause instanceof HopRefusal ? 'upstream_error' : outcome;
}

/** Tells whether the client got the file, as far as can be known, or was sent to the provider for it. */
export function isSuccess(outcome: Outcome): boolean {
  return outcome === 'completed' || outcome === 'handed_over';
}
