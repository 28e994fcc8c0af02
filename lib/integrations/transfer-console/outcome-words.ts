import type { Outcome } from '../../transfer/record';

/** The outcomes as the page words them. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = Object.freeze({
  completed: 'Completed',
  handed_over: 'Redirected to the provider',
  upstream_error: 'The provider refused',
  upstream_unreachable: 'The provider could not be reached',
  upstream_timeout: 'The provider took too long',
  upstream_truncated: 'The provider cut the body off',
  upstream_invalid: 'The provider’s response was invalid',
  client_aborted: 'The client left',
  client_stalled: 'The client stopped reading',
  rejected: 'The gateway refused the request',
  resolver_failed: 'The resolver failed',
  too_large: 'The file is too large',
  internal_error: 'The gateway failed',
});
