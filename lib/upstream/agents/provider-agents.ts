import * as http from 'node:http';
import * as https from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ownMembers } from '../../values/own-members';
import { connectionOptions } from './connection-options';
import { IdleConnections } from './idle-connections';

/** Node's options for an agent, with a bound over all origins. */
export interface ProviderAgentOptions extends https.AgentOptions {
  /** The number of connections that may be idle at once, over all origins. Defaults to `256`. */
  readonly maxIdle?: number;
}

const MAX_IDLE = 256;

type Connect = http.Agent['createConnection'];
type Connection = ReturnType<Connect>;

/**
 * Watches the connections of one agent while no request uses them. An idle connection on which bytes arrive is
 * destroyed. They belong to no request, and the next request would take them for its response. Newer versions of Node
 * do this too.
 */
class IdleWatch {
  readonly #idle: IdleConnections;

  constructor(most: number) {
    this.#idle = new IdleConnections(most);
  }

  opened(connection: Connection): Connection {
    if (connection instanceof Socket) {
      connection.once('close', () => this.#idle.remove(connection));
      // One listener for as long as the connection lives: adding it whenever the connection rests would cost more.
      connection.on('data', () => {
        if (this.#idle.has(connection)) connection.destroy();
      });
    }
    return connection;
  }

  rest(connection: Duplex): void {
    if (connection instanceof Socket) this.#idle.add(connection);
  }

  use(connection: Duplex): void {
    if (connection instanceof Socket) this.#idle.remove(connection);
  }
}

/**
 * An `http.Agent` with complete options for each connection and a bound on idle connections over all origins. An idle
 * connection on which bytes arrive is closed at once.
 */
export class ProviderHttpAgent extends http.Agent {
  readonly #watch: IdleWatch;

  constructor(given: ProviderAgentOptions = {}) {
    const { maxIdle = MAX_IDLE, ...options } = ownMembers(given);
    super(options);
    this.#watch = new IdleWatch(maxIdle);
  }

  override createConnection(...[options, callback]: Parameters<Connect>): Connection {
    return this.#watch.opened(super.createConnection(connectionOptions(options), callback));
  }

  override keepSocketAlive(connection: Duplex): boolean {
    const isKept: unknown = super.keepSocketAlive(connection);
    if (isKept === false) return false;
    this.#watch.rest(connection);
    return true;
  }

  override reuseSocket(connection: Duplex, request: http.ClientRequest): void {
    this.#watch.use(connection);
    super.reuseSocket(connection, request);
  }
}

/** The same as {@link ProviderHttpAgent}, over TLS. */
export class ProviderHttpsAgent extends https.Agent {
  readonly #watch: IdleWatch;

  constructor(given: ProviderAgentOptions = {}) {
    const { maxIdle = MAX_IDLE, ...options } = ownMembers(given);
    super(options);
    this.#watch = new IdleWatch(maxIdle);
  }

  override createConnection(...[options, callback]: Parameters<Connect>): Connection {
    return this.#watch.opened(super.createConnection(connectionOptions(options), callback));
  }

  override keepSocketAlive(connection: Duplex): boolean {
    const isKept: unknown = super.keepSocketAlive(connection);
    if (isKept === false) return false;
    this.#watch.rest(connection);
    return true;
  }

  override reuseSocket(connection: Duplex, request: http.ClientRequest): void {
    this.#watch.use(connection);
    super.reuseSocket(connection, request);
  }
}
