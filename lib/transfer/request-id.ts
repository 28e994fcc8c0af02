import { FileContentError } from '../errors';
import type { Recipient } from './recipient';

/** Limited, because the id is in every record. */
const LONGEST = 256;

/** Returns the gateway's own id of the request: the `X-Request-Id` that a middleware has set on the response. */
export function ownRequestId(res: Recipient): string | undefined {
  const value = res.getHeader('x-request-id');
  const id = Array.isArray(value) ? value.join(', ') : String(value ?? '');
  return id === '' ? undefined : id.slice(0, LONGEST);
}

/** The members of a transfer that say which ids it has. */
interface Identified {
  readonly requestId: string | undefined;
  readonly upstreamRequestId: string | undefined;
  redact(text: string): string;
}

/** Returns the provider's id if it is safe in a header. Undefined if there is none, or if it contains a secret. */
export function printableRequestId(transfer: Identified): string | undefined {
  const { upstreamRequestId: id } = transfer;
  return id !== undefined && /^[\x20-\x7e]+$/.test(id) && transfer.redact(id) === id ? id : undefined;
}

/**
 * Adds the request ids to an error's headers. The gateway's own `X-Request-Id` on the response wins, then the error's,
 * which is the provider's if the provider refused the request.
 *
 * @param name the name of the header for the provider's id, from `headers.upstreamRequestId`
 */
export function withRequestIds(
  error: FileContentError,
  transfer: Identified,
  name: string | undefined,
): FileContentError {
  const upstreamId = name === undefined ? undefined : printableRequestId(transfer);
  const isReplaced = (header: string): boolean =>
    transfer.requestId !== undefined && header.toLowerCase() === 'x-request-id';
  if (upstreamId === undefined && !Object.keys(error.headers).some(isReplaced)) return error;
  const kept = Object.entries(error.headers).filter(([header]) => !isReplaced(header));
  const { code, message, status, body, provider, cause } = error;
  return new FileContentError(code, message, {
    ...(cause !== undefined && { cause }),
    ...(provider !== undefined && { provider }),
    status,
    body,
    headers: {
      ...Object.fromEntries(kept),
      ...(name !== undefined && upstreamId !== undefined && { [name]: upstreamId }),
    },
  });
}
