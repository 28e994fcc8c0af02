import { Socket } from 'node:net';
import type { Recipient } from '../../transfer/recipient';

/**
 * Ends a response that must not look complete (S2). Bytes that are already written are still sent, then the connection
 * is destroyed without the end of the message. If only the closing of the connection marks the end (HTTP/1.0 clients),
 * a clean close would look complete, so the connection is reset.
 *
 * @param isDelimited whether the client can detect an incomplete body: its length was declared, or it is chunked
 */
export function abortResponse(res: Recipient, isDelimited: boolean): void {
  const { socket } = res;
  if (socket === null) {
    // The response waits behind another on a pipelined connection, which must not be disturbed: close the connection
    // when its turn comes. Node 24 and 26 would send what was written and leave the connection open forever.
    res.once('socket', (assigned: Socket) => assigned.destroy());
    res.destroy();
  } else if (socket.destroyed) res.destroy();
  else if (isDelimited && socket instanceof Socket) socket.destroySoon();
  else resetConnection(socket);
}

export function resetConnection(socket: Socket): void {
  // Node 24 leaves the descriptor open forever after resetting a connection whose FIN is just being sent (libuv:
  // EINVAL).
  if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) {
    socket.destroy();
    return;
  }
  try {
    socket.resetAndDestroy();
  } catch {
    // Only a TCP handle can be reset. Over TLS the missing close_notify tells the client. Other streams have no reset.
    socket.destroy();
  }
}
