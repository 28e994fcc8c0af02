import type { IncomingMessage } from 'node:http';

/** Only the closing of its connection marks the end of such a content (RFC 9112, section 6.3). */
function isDelimitedByClose({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/**
 * Calls back, before the response takes its content for complete, when its connection did not end but was reset. Node 22
 * reports a reset that arrives together with the last data as an ordinary end; a socket that was reset has no peer any
 * more, one that was only ended still has.
 */
export function onResetAtEnd(response: IncomingMessage, listener: (error: Error) => void): void {
  if (!isDelimitedByClose(response)) return;
  const { socket } = response;
  socket.prependOnceListener('end', () => {
    if (!socket.destroyed && socket.remoteAddress === undefined) {
      listener(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    }
  });
}
