import type { FileContentError } from '../../errors';
import type { UpstreamResponse } from '../../provider-contract/provider';
import { outcomeOf } from '../../transfer/outcome';
import type { Outcome } from '../../transfer/record';
import type { RequestFailure } from '../../upstream/upstream-error';
import { afterHead, corrupted } from '../../upstream/upstream-error';
import { errorCode } from '../../values/native-error';
import { ownMember } from '../../values/own-members';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/**
 * The limit for all pauses of one transfer together, in milliseconds. If a provider requests a longer wait, the client
 * is told at once and can wait without holding a connection.
 */
const MOST_PAUSED_MS = 2_000;
/** The same for a rate limit, in milliseconds: the client can spread its requests better than a waiting gateway. */
const MOST_PAUSED_FOR_RATE_LIMIT_MS = 1_000;

/** Statuses after which a retry may succeed. */
const PASSING_STATUSES = new Set([408, 500, 502, 503, 504]);

/** A failed attempt to fetch a file. It knows whether a retry may succeed. */
export class FailedAttempt extends Error {
  readonly error: FileContentError;
  readonly outcome: Outcome;
  readonly #isRepeatable: boolean;
  readonly #askedMs: number | undefined;
  readonly #mostPausedMs: number;

  private constructor(
    error: FileContentError,
    {
      outcome = outcomeOf(error),
      isRepeatable,
      askedMs,
      mostPausedMs = MOST_PAUSED_MS,
    }: {
      outcome?: Outcome;
      isRepeatable: boolean;
      askedMs?: number | undefined;
      mostPausedMs?: number;
    },
  ) {
    super(error.message);
    this.error = error;
    this.outcome = outcome;
    this.#isRepeatable = isRepeatable;
    this.#askedMs = askedMs;
    this.#mostPausedMs = mostPausedMs;
  }

  /** Makes the failure of a request: the provider was not reached, or it refused. */
  static of({ error, refusal }: RequestFailure): FailedAttempt {
    return refusal === undefined
      ? FailedAttempt.beforeHead(error)
      : FailedAttempt.refused(error, refusal.status, refusal.headers);
  }

  /**
   * Makes the failure of a request without a response head. A refused or reset connection may succeed the next time;
   * after a parser error or a bad certificate a retry is useless.
   */
  static beforeHead(error: FileContentError): FailedAttempt {
    const isRepeatable = error.code === 'provider_unreachable' && PASSING_CODES.has(errorCode(error.cause));
    return new FailedAttempt(error, { isRepeatable });
  }

  /** Makes the failure of a response that was cut off after its head. */
  static afterHead(cause: unknown, provider: string): FailedAttempt {
    const { error, outcome } = afterHead(cause, provider);
    return new FailedAttempt(error, { outcome, isRepeatable: outcome === 'upstream_truncated' });
  }

  /** Makes the failure of a complete body that does not match the provider's checksum. */
  static corrupted(problem: string, provider: string): FailedAttempt {
    return new FailedAttempt(corrupted(provider, problem), { isRepeatable: true });
  }

  /**
   * Makes the failure of a refused request. The provider's `x-should-retry` decides, as in OpenAI's SDKs. Without it,
   * transient statuses are retried, and a rate limit (429) only if the provider says how long to wait: otherwise
   * retries would keep the limit exceeded.
   */
  static refused(error: FileContentError, status: number, headers: UpstreamResponse['headers']): FailedAttempt {
    const askedMs = retryAfterMs(headers);
    // A refusal may be classified as permanent: a missing file stays missing, whatever its status.
    const isFinal = ownMember(error.headers, 'x-should-retry') === 'false';
    const isPassingStatus = !isFinal && (PASSING_STATUSES.has(status) || (status === 429 && askedMs !== undefined));
    const said = ownMember(headers, 'x-should-retry');
    return new FailedAttempt(error, {
      outcome: 'upstream_error',
      isRepeatable: said === 'true' || (said !== 'false' && isPassingStatus),
      askedMs,
      mostPausedMs: status === 429 ? MOST_PAUSED_FOR_RATE_LIMIT_MS : MOST_PAUSED_MS,
    });
  }

  /**
   * Returns the milliseconds to wait before the next attempt. Undefined if there must be none, also because the pause
   * would exceed the limit for one transfer.
   *
   * @param pausedMs the sum of the pauses of this transfer so far
   */
  pauseMs(repetitions: number, pausedMs = 0): number | undefined {
    if (!this.#isRepeatable) return undefined;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** repetitions);
    // Jitter, so that transfers which failed together do not retry together.
    const pause = this.#askedMs ?? longest * (0.5 + Math.random() / 2);
    return pausedMs + pause <= this.#mostPausedMs ? pause : undefined;
  }
}

const PASSING_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const NUMBER = /^\d+(?:\.\d+)?$/;

/** OpenAI's `retry-after-ms`, or Retry-After as seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterMs(headers: UpstreamResponse['headers']): number | undefined {
  const exact = ownMember(headers, 'retry-after-ms');
  if (typeof exact === 'string' && NUMBER.test(exact)) return Number(exact);
  const value = ownMember(headers, 'retry-after');
  if (typeof value !== 'string') return undefined;
  if (NUMBER.test(value)) return Number(value) * 1000;
  // Every form of a date begins with the name of a day. V8 would read a number such as `-1` as a year.
  const date = /^[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
