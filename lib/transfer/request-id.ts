import type { ServerResponse } from 'node:http';
import { FileContentError } from '../errors';
import type { Transfer } from './transfer';

/** Bounded, because it stands in every record. */
const LONGEST = 256;

/**
 * The id that the gateway has given the request: the `X-Request-Id` that is on the response before the router writes
 * one.
 */
export function ownRequestId(res: ServerResponse): string | undefined {
  const value = res.getHeader('x-request-id');
  const id = Array.isArray(value) ? value.join(', ') : String(value ?? '');
  return id === '' ? undefined : id.slice(0, LONGEST);
}

/** The provider's id as a header may carry it; undefined where it has none, or one that repeats a secret. */
export function printableRequestId(transfer: Transfer): string | undefined {
  const { upstreamRequestId: id } = transfer;
  return id !== undefined && /^[\x20-\x7e]+$/.test(id) && transfer.redact(id) === id ? id : undefined;
}

/**
 * The error with the ids that it may carry: the gateway's own `X-Request-Id` is on the response already and wins; else
 * the error's, which is the provider's where the provider refused the request.
 *
 * @param name the header for the provider's id, where the gateway wants it under a name of its own
 */
export function withRequestIds(
  error: FileContentError,
  transfer: Transfer,
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
