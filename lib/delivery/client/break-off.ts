import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/**
 * Ends a response that must not look complete (S2): bytes already written are still sent, then the connection is
 * destroyed, without an end of the message. Where only the closing marks the end (HTTP/1.0 clients), a clean close
 * would be one: such a connection is reset.
 *
 * @param isDelimited the client can tell an incomplete body: its length was declared, or it is chunked
 */
export function abortResponse(res: ServerResponse, isDelimited: boolean): void {
  const { socket } = res;
  if (socket === null) {
    // Behind another response on a pipelined connection: closed when its turn comes, the one before is left alone. Node
    // 24 and 26 would send what was written and leave the connection open, for ever.
    res.once('socket', (assigned: Socket) => assigned.destroy());
    res.destroy();
  } else if (socket.destroyed) res.destroy();
  else if (isDelimited && socket instanceof Socket) socket.destroySoon();
  else resetConnection(socket);
}

export function resetConnection(socket: Socket): void {
  // Node 24 leaves the descriptor open for ever when it is to reset a connection whose FIN is just being sent (libuv:
  // EINVAL).
  if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) {
    socket.destroy();
    return;
  }
  try {
    socket.resetAndDestroy();
  } catch {
    // Only a TCP handle can be reset; over TLS the missing close_notify tells the client. Another stream has no reset
    // at all.
    socket.destroy();
  }
}
