import type { Agent, ClientRequest, IncomingMessage } from 'node:http';

/** One request to a provider. It is complete: nothing is taken from the client's request. */
export interface ProviderRequest {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD';
  /** All headers, names in lower case. Only Host and Connection are added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  /** Whether the body may bypass the HTTP parser. A connection that is opened for the request is then tapped. */
  readonly isTapped: boolean;
}

/** The events of a request that a sender reports. */
export interface SenderEvents {
  /** The request has a connection, and nothing of it has been sent. `send` sends it. */
  connected(request: ClientRequest, send: () => void): void;
  /** From now on the exchange ends the request by destroying the response. */
  responded(response: IncomingMessage): void;
  /** May be called any number of times, before and after the response. */
  readonly failed: (error: unknown) => void;
}

/** Sends requests with an HTTP library. It makes no decisions of its own. */
export interface Sender {
  /** @returns a function that cancels a request without a response, in whatever state, and destroys its connection */
  send(request: ProviderRequest, events: SenderEvents): () => void;
}
