import type { Socket } from 'node:net';
import { retryShortly } from './admission';
import type { Transfer } from './transfer';

/**
 * The most requests that may wait on one connection. Each holds some kilobytes, and a client can send them without
 * reading a response. Normal clients stay far below.
 */
const MOST_WAITING = 1_000;

const waiting = new WeakMap<Socket, number>();

/**
 * Waits until the response is next in line on its connection. Node emits pipelined requests at once and queues their
 * responses. Started at once, each would hold a connection to the provider while its response cannot be sent.
 *
 * @returns undefined if the response is already next, as without pipelining; otherwise a promise that is fulfilled when
 *   its turn comes, or rejected if the client leaves before
 * @throws FileContentError `overloaded` if too many wait on the connection, which is closed after this response
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2 | RFC 9112, section 9.3.2}
 */
export function responseTurn(transfer: Transfer): Promise<void> | undefined {
  const { connection, res } = transfer;
  if (connection === undefined || res.socket !== null) return undefined;
  const count = waiting.get(connection) ?? 0;
  if (count >= MOST_WAITING) {
    res.setHeader('connection', 'close');
    throw retryShortly('overloaded', 'Too many requests wait on this connection.');
  }
  waiting.set(connection, count + 1);
  return assigned(transfer, connection).then(() => {
    transfer.signal.throwIfAborted();
    // Other code has ended the response while it was waiting, so no provider is requested.
    return transfer.isSettled || res.destroyed || res.writableEnded ? transfer.ended() : undefined;
  });
}

function assigned(transfer: Transfer, connection: Socket): Promise<void> {
  const { res } = transfer;
  return new Promise((resolve) => {
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      waiting.set(connection, (waiting.get(connection) ?? 1) - 1);
      resolve();
    };
    const onTurn = (socket: Socket): void => {
      // The response was destroyed while it waited. Node 24 and 26 would leave the connection open forever.
      if (res.destroyed) socket.destroy();
      // The previous transfer settles later in this iteration of the event loop, and then frees its place in `limits`.
      setImmediate(end);
    };
    res.once('socket', onTurn);
    transfer.onSettled(end);
  });
}
