import type { Agent, ClientRequest, IncomingMessage } from 'node:http';

/** One request to a provider. All of it is decided; nothing is taken from the client's request. */
export interface ProviderRequest {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD';
  /** All headers, names in lower case. Nothing is added but Host and Connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  /** May the body be taken past the HTTP parser? A connection that is opened for the request is tapped then. */
  readonly isTapped: boolean;
}

/** What a sender reports of a request. */
export interface SenderEvents {
  /** The request has a connection, and nothing of it has been sent. `send` sends it. */
  readonly connected: (request: ClientRequest, send: () => void) => void;
  readonly responded: (response: IncomingMessage) => void;
  /** Any number of times, before and after the response. */
  readonly failed: (error: unknown) => void;
}

/** Makes requests with one HTTP library, and decides nothing. */
export interface Sender {
  /** @returns a function that cancels the request in whatever state it is and destroys its connection */
  send(request: ProviderRequest, events: SenderEvents): () => void;
}
