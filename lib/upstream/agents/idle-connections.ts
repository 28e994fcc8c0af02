import type { Socket } from 'node:net';

/** A bounded list of idle connections, the longest idle first. */
export class IdleConnections {
  readonly #sockets = new Set<Socket>();
  readonly #most: number;

  /** @param most the number of connections that may be idle at once, over all origins */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Tells whether a connection is idle. */
  has(socket: Socket): boolean {
    return this.#sockets.has(socket);
  }

  /** Adds a connection. Beyond the bound, the one that has been idle for the longest time is closed. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    if (this.#sockets.size <= this.#most) return;
    for (const oldest of this.#sockets) {
      this.remove(oldest);
      oldest.destroy();
      return;
    }
  }

  /** Removes a connection that is used again or closed. */
  remove(socket: Socket): void {
    this.#sockets.delete(socket);
  }
}
