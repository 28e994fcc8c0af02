import type { IncomingMessage } from 'node:http';
import { FileContentError, failedToServe } from '../errors';
import { ownMember } from '../values/own-members';
import { headersOf } from './message-headers';

type HeadersOfRequest = Pick<IncomingMessage, 'headers' | 'rawHeaders'>;

/** A request whose body may be unread, and its response. */
interface UnreadRequest {
  readonly req: HeadersOfRequest & Pick<IncomingMessage, 'readableEnded'> & { resume(): unknown };
  readonly res: { readonly headersSent: boolean; setHeader(name: string, value: string): unknown };
}

/**
 * Refuses HTTP/2, whose streams have no connection of their own that could be broken off under an incomplete body.
 *
 * @throws FileContentError `internal_error` (500); its cause says what to do
 */
export function requireHttp1({ httpVersion }: Pick<IncomingMessage, 'httpVersion'>): void {
  if (Number.parseInt(httpVersion, 10) < 2) return;
  throw failedToServe(new TypeError('The request came by HTTP/2. Let a proxy in front of the gateway speak it.'));
}

/** @throws FileContentError `method_not_allowed` (405) for anything but GET and HEAD */
export function requireMethod({ method }: Pick<IncomingMessage, 'method'>): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw new FileContentError('method_not_allowed', `Method ${method} is not allowed here. Use GET or HEAD.`, {
    headers: { allow: 'GET, HEAD' },
  });
}

/**
 * Refuses a request with a body. The body would have to be read to find the next request on the connection, so the
 * connection is closed instead (T3).
 *
 * @throws FileContentError `body_not_allowed` (400)
 */
export function requireNoBody(req: Pick<IncomingMessage, 'method'> & HeadersOfRequest): void {
  if (!hasBody(req)) return;
  throw new FileContentError('body_not_allowed', `A ${req.method} request for file content must not have a body.`);
}

/**
 * Discards an unread body and closes the connection after the response. A body that a parser has read completely needs
 * nothing.
 *
 * @returns whether some of the body is still to come: closing a connection with unread bytes would reset it before the
 *   client has read the response
 */
export function discardBody({ req, res }: UnreadRequest): boolean {
  if (!hasBody(req) || req.readableEnded) return false;
  if (!res.headersSent) res.setHeader('connection', 'close');
  req.resume();
  return true;
}

/** Tells whether the request has or declares a body. */
export function hasBody(req: HeadersOfRequest): boolean {
  const headers = headersOf(req);
  const length = ownMember(headers, 'content-length');
  if (length !== undefined && Number(length) !== 0) return true;
  return ownMember(headers, 'transfer-encoding') !== undefined;
}
