import type { IncomingMessage } from 'node:http';
import { ownMember } from '../values/own-members';

/** Responses to HEAD, 1xx, 204 and 304 end with their head, whatever their headers say (RFC 9112, section 6.3). */
function hasNoBody(response: IncomingMessage, method: 'GET' | 'HEAD'): boolean {
  const status = response.statusCode ?? 200;
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** Only the closing of its connection marks the end of such a body (RFC 9112, section 6.3). */
function isDelimitedByClose({ headers }: IncomingMessage): boolean {
  return ownMember(headers, 'content-length') === undefined && ownMember(headers, 'transfer-encoding') === undefined;
}

/**
 * Calls back, before the response takes its content for complete, when its connection did not end but was reset. Node
 * 22 reports a reset that arrives together with the last data as an ordinary end; a socket that was reset has no peer
 * any more, one that was only ended still has.
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
  // Whatever ends the response, no listener stays on a connection that is used again.
  response.once('close', () => socket.off('end', onEnd));
}
