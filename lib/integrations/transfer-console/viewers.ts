import type { IncomingMessage, ServerResponse } from 'node:http';

/** What viewers are shown. */
export interface ViewedState {
  /** Describes the state as JSON. Called at most once per interval, and not without viewers. */
  describe(): string;
  /** Whether the gateway is closing and no transfer is left to watch. */
  isOver(isListening: boolean): boolean;
}

interface Viewer {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly since: number;
  /** The number of the event that was sent last (0: none), and when. */
  version: number;
  sentAt: number;
}

/** The browser reconnects after this time, in milliseconds. */
const RETRY_MS = 3_000;
/** Shorter than the idle limits of proxies, which are 30 seconds and more. */
const HEARTBEAT_MS = 15_000;
/** A viewer whose connection takes nothing for this time is dropped. */
const SLOWEST_MS = 30_000;
/** Then the page connects anew, so that the application's authentication is asked again. */
const LONGEST_VIEW_MS = 5 * 60_000;

/**
 * The connections of the open pages, as server-sent events. Without any, nothing is computed.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class Viewers {
  readonly #state: ViewedState;
  readonly #intervalMs: number;
  readonly #viewers = new Set<Viewer>();
  #timer: NodeJS.Timeout | undefined;
  #described = '';
  #version = 0;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** Encoded once for all viewers. */
  #event = Buffer.alloc(0);

  constructor(state: ViewedState, intervalMs: number) {
    this.#state = state;
    this.#intervalMs = intervalMs;
  }

  /** The number of viewers. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Sends the state to a viewer now, and whenever it changes. The head must be set already. */
  add(req: IncomingMessage, res: ServerResponse): void {
    const viewer: Viewer = { req, res, since: performance.now(), version: 0, sentAt: 0 };
    // A response without a listener for errors would end the process.
    res.on('error', () => this.#remove(viewer));
    res.once('close', () => this.#remove(viewer));
    // Many viewers that come at once cost one snapshot.
    if (performance.now() - this.#takenAt >= this.#intervalMs) this.#take();
    this.#viewers.add(viewer);
    // The connections keep the process alive, and without them there is nothing to do.
    this.#timer ??= setInterval(() => this.#tick(), this.#intervalMs).unref();
    this.#update(viewer);
  }

  #tick(): void {
    this.#take();
    for (const viewer of this.#viewers) this.#update(viewer);
  }

  #take(): void {
    const described = this.#state.describe();
    if (described !== this.#described) this.#version += 1;
    this.#described = described;
    this.#takenAt = performance.now();
    // Two times, because the clock that the page shows may be set back, and rates must not become negative.
    const update = `{"at":${Math.round(this.#takenAt)},"now":${Date.now()},"state":${described}}`;
    this.#event = Buffer.from(`data: ${update}\n\n`);
  }

  /** A viewer who has not read the last event misses this one, so that none waits in memory. */
  #update(viewer: Viewer): void {
    const { req, res, since, sentAt } = viewer;
    const quietMs = performance.now() - sentAt;
    // Otherwise the viewer would keep the server from closing.
    const isOver = this.#state.isOver(isListening(req));
    const isOld = performance.now() - since >= LONGEST_VIEW_MS;
    if (res.writableLength > 0) {
      if (isOver || isOld || quietMs >= SLOWEST_MS) res.destroy();
      return;
    }
    if (viewer.version !== this.#version) this.#send(viewer, viewer.version === 0 ? `retry: ${RETRY_MS}\n` : '');
    else if (quietMs >= HEARTBEAT_MS) this.#send(viewer, ': heartbeat\n');
    if (!isOver && !isOld) return;
    this.#remove(viewer);
    res.end(isOver ? '' : 'event: renew\ndata: now\n\n');
  }

  #send(viewer: Viewer, before: string): void {
    const { res } = viewer;
    if (before !== '') res.write(before);
    res.write(this.#event);
    viewer.version = this.#version;
    viewer.sentAt = performance.now();
  }

  #remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Tells whether the connection's server still accepts others. Other transports than Node's servers always do. */
function isListening({ socket }: IncomingMessage): boolean {
  const server: unknown = Reflect.get(socket, 'server');
  return typeof server !== 'object' || server === null || Reflect.get(server, 'listening') !== false;
}
