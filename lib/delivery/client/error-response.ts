import type { FileContentError } from '../../errors';
import { clearContentHeaders } from '../../http/response-headers';
import type { Recipient } from '../../transfer/recipient';

/**
 * Writes OpenAI's error body, complete with its length. HEAD gets the same headers without the body. Use it only while
 * the headers are unsent: after them, nothing else may be written (S3).
 *
 * `X-Request-Id` is the gateway's own if a middleware has set one, otherwise the error's, otherwise the transfer's id.
 */
export function sendError(res: Recipient, error: FileContentError, transferId: string): void {
  const body = Buffer.from(JSON.stringify(error.toResponseBody()));
  clearContentHeaders(res);
  res.statusCode = error.status;
  res.statusMessage = '';
  const hasOwnId = res.hasHeader('x-request-id');
  if (!hasOwnId) res.setHeader('x-request-id', transferId);
  for (const [name, value] of Object.entries(error.headers)) {
    if (!hasOwnId || name.toLowerCase() !== 'x-request-id') res.setHeader(name, value);
  }
  res.setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', body.length);
  res.setHeader('cache-control', 'no-store');
  res.setHeader('x-content-type-options', 'nosniff');
  res.end(res.req?.method === 'HEAD' ? undefined : body);
}
