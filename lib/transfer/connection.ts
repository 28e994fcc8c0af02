import type { Socket } from 'node:net';

const watchers = new WeakMap<Socket, Set<() => void>>();

function watch(socket: Socket): Set<() => void> {
  const listeners = new Set<() => void>();
  const onClose = (): void => {
    watchers.delete(socket);
    for (const listener of listeners) listener();
  };
  socket.once('close', onClose);
  watchers.set(socket, listeners);
  return listeners;
}

/**
 * Calls `listener` when a client's connection closes. The socket gets one listener, however many requests it carries. A
 * response that waits behind another on a pipelined connection has no socket yet, so Node never emits its 'close'.
 *
 * @returns a function that ends the watch
 */
export function onConnectionClosed(socket: Socket, listener: () => void): () => void {
  if (socket.destroyed) {
    const immediate = setImmediate(listener);
    return () => clearImmediate(immediate);
  }
  const listeners = watchers.get(socket) ?? watch(socket);
  listeners.add(listener);
  return () => listeners.delete(listener);
}
