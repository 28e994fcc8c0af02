import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { RequestSending } from './agents/unasked-bytes';

/** What is asked of a provider: everything is decided, nothing is taken from the client's request. */
export interface ExchangeRequest {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

export interface ExchangeEvents {
  /** A connection was assigned to the request; its head is about to be sent, unless the connection proves to be spoiled. */
  onRequest(request: ClientRequest, sending: RequestSending): void;
  onResponse(response: IncomingMessage): void;
  /** Any number of times, before and after the response. */
  onError(error: Error): void;
}

/** One request to a provider and its response. */
export interface Exchange {
  /** Ends the exchange in whatever state it is: an unfinished request and its connection are destroyed. */
  close(): void;
}

export interface Engine {
  exchange(request: ExchangeRequest, events: ExchangeEvents): Exchange;
}
