import type { Socket } from 'node:net';

/** Connections that wait for their next request, the longest idle first. */
export class IdleConnections {
  readonly #sockets = new Set<Socket>();
  readonly #most: number;

  /** @param most how many may be idle at once, over all origins */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Beyond the bound the connection that has been idle for the longest time is closed. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    if (this.#sockets.size <= this.#most) return;
    for (const oldest of this.#sockets) {
      this.remove(oldest);
      oldest.destroy();
      return;
    }
  }

  /** The connection is used again, or closed. */
  remove(socket: Socket): void {
    this.#sockets.delete(socket);
  }
}
