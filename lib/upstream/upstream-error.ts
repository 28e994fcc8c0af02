import { FileContentError } from '../errors';
import type { UpstreamResponse } from '../provider-contract/provider';
import { errorCode, isError } from '../values/native-error';
import { memberOf } from '../values/own-members';
import type { Staleness } from './agents/unsolicited-bytes';

/** Tells whether Node's HTTP parser reported the error. */
function isParserError(code: string): boolean {
  return code.startsWith('HPE_') || code === 'ERR_HTTP_INVALID_STATUS_CODE';
}

/**
 * Copies only the message and the code of an error: its requests and the parser's raw packets may contain a credential.
 */
export function plainError(error: unknown): Error {
  // Connecting to a name with several addresses fails with one error for each (RFC 8305).
  const errors: unknown = isError(error) ? memberOf(error, 'errors') : undefined;
  const inner: unknown = Array.isArray(errors) && isError(errors[0]) ? errors[0] : error;
  const plain = new Error(isError(inner) ? inner.message : 'The request failed.');
  const code = errorCode(inner) || errorCode(error);
  return code === '' ? plain : Object.assign(plain, { code });
}

/** Removes the raw bytes that the parser adds to its errors. */
function withoutBytes(error: unknown): unknown {
  return isError(error) && Object.hasOwn(error, 'rawPacket') ? plainError(error) : error;
}

/** Makes the error for a request that failed before the complete response head. */
export function beforeHead(error: unknown, provider: string, receivedBytes: number): FileContentError {
  if (isParserError(errorCode(error)) || receivedBytes > 0) return invalidResponse(provider, error);
  return new FileContentError('provider_unreachable', 'The provider could not be reached.', { cause: error, provider });
}

/** Makes the error for a 101 response although no upgrade was requested. */
export function unrequestedUpgrade(): Error {
  const error = new Error('status 101 although no upgrade was asked for');
  return Object.assign(error, { code: 'HPE_PAUSED_UPGRADE' });
}

/** Makes the error for a response that was cut off after its head. */
export function afterHead(
  error: unknown,
  provider: string,
): { error: FileContentError; outcome: 'upstream_invalid' | 'upstream_truncated' } {
  if (isParserError(errorCode(error))) return { error: invalidResponse(provider, error), outcome: 'upstream_invalid' };
  return { error: truncated(provider, error), outcome: 'upstream_truncated' };
}

export function truncated(provider: string, cause: unknown): FileContentError {
  const message = "The provider's response ended before the whole content had arrived.";
  // A retry may succeed, unlike after other invalid responses.
  return new FileContentError('provider_invalid_response', message, {
    cause,
    provider,
    headers: { 'x-should-retry': 'true' },
  });
}

/** Makes the error for a body that does not match the provider's checksum. A retry may succeed. */
export function corrupted(provider: string, problem: string): FileContentError {
  return new FileContentError('provider_invalid_response', "The file does not match the provider's checksum.", {
    cause: new Error(problem),
    provider,
    headers: { 'x-should-retry': 'true' },
  });
}

export function invalidResponse(provider: string, cause: unknown): FileContentError {
  const message = 'The provider sent a response that cannot be passed on.';
  const reason = typeof cause === 'string' ? new Error(cause) : withoutBytes(cause);
  return new FileContentError('provider_invalid_response', message, { cause: reason, provider });
}

export function timedOut(provider: string | undefined, waitedFor: string): FileContentError {
  const message = `The provider did not answer in time (${waitedFor}).`;
  return new FileContentError('provider_timeout', message, provider === undefined ? {} : { provider });
}

export function tooLarge(provider: string, limit: number): FileContentError {
  return new FileContentError('too_large', `The file is larger than this gateway passes on (${limit} bytes).`, {
    provider,
  });
}

/** A request to a provider that failed before the response head, or that the provider refused. */
export class RequestFailure extends Error {
  /** What the client gets, unless there is another attempt. */
  readonly error: FileContentError;
  /** Set if a reused connection was closed or spoiled before the provider responded. A new connection may help. */
  readonly staleness: Staleness | undefined;
  /** The head of the refusal. Undefined if no head arrived. */
  readonly refusal: UpstreamResponse | undefined;

  constructor(error: FileContentError, { staleness, refusal }: Partial<Pick<RequestFailure, 'staleness' | 'refusal'>>) {
    super(error.message);
    this.error = error;
    this.staleness = staleness;
    this.refusal = refusal;
  }
}
