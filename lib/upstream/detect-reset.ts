import type { IncomingMessage } from 'node:http';
import { ownMember } from '../values/own-members';

/** Responses to HEAD, 1xx, 204 and 304 end with their head, whatever their headers say (RFC 9112, section 6.3). */
function hasNoBody(response: IncomingMessage, method: 'GET' | 'HEAD'): boolean {
  const status = response.statusCode ?? 200;
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** Tells whether only the closing of the connection marks the end of the body (RFC 9112, section 6.3). */
function isDelimitedByClose({ headers }: IncomingMessage): boolean {
  return ownMember(headers, 'content-length') === undefined && ownMember(headers, 'transfer-encoding') === undefined;
}

/**
 * Calls back when the connection was reset instead of closed, before the response is taken for complete. Node 22
 * reports a reset that arrives together with the last data as an ordinary end. The remote address tells them apart: a
 * socket that was reset no longer has one.
 */
export function onResetAtEnd(
  response: IncomingMessage,
  method: 'GET' | 'HEAD',
  listener: (error: Error) => void,
): void {
  if (hasNoBody(response, method) || !isDelimitedByClose(response)) return;
  const { socket } = response;
  const onEnd = (): void => {
    if (!socket.destroyed && socket.remoteAddress === undefined) {
      listener(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    }
  };
  socket.prependOnceListener('end', onEnd);
  // No listener must stay on a connection that is used again.
  response.once('close', () => socket.off('end', onEnd));
}
