import { type ClientRequest, type IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Options } from 'http-proxy-middleware';
import { requestOptions } from '../../upstream/agents/connection-options';
import { tapOptions } from '../../upstream/agents/socket-tap';
import type { ProviderRequest, Sender, SenderEvents } from '../../upstream/sender';
import { ownMembers, withoutInherited } from '../../values/own-members';
import { requireEsm } from '../../values/require-esm';
import { EngineTarget, NOT_USED } from './engine-options';
import { checkEngineOnce } from './engine-version';

interface Sent {
  readonly request: ProviderRequest;
  readonly events: SenderEvents;
  /** Node's request, once it has a connection. */
  made?: ClientRequest;
}

/**
 * The engine reads the client's server from the request's connection, and would add a listener to it for each router.
 * This socket was never connected and has no server.
 */
const NO_CLIENT = Object.assign(new Socket(), { server: undefined });

/**
 * The request that the engine gets. It refers to its exchange by a member: entries of a long-lived WeakMap survive
 * minor garbage collections, which would cost more than all other work for a small file.
 */
class EngineRequest extends IncomingMessage {
  sent: Sent | undefined;

  /**
   * There is no body, and the exchange sends the request. The stream's own pipe would add ten listeners for nothing.
   */
  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    return destination;
  }
}

function sentOf(req: IncomingMessage): Sent | undefined {
  return req instanceof EngineRequest ? req.sent : undefined;
}

/** The engine's name for its listener. Under another name, in a bundle that renames functions, it only stays longer. */
const ERROR_LISTENER = 'proxyError';

/** Sets the one option that the engine reads at construction and prefers to the request's. */
function keepPath(server: { readonly options: { prependPath?: boolean } }): void {
  server.options.prependPath = true;
}

/** Keeps the Connection header, because the engine reads a `transfer-encoding` from `Object.prototype`. */
function keepConnectionHeader(request: ClientRequest): void {
  if (request.hasHeader('connection'))
    request.setHeader('Connection', request.shouldKeepAlive ? 'keep-alive' : 'close');
}

/**
 * Takes a request out of the engine's hands when its response has arrived. The engine has nothing more to do, and its
 * listeners would keep its request, response and options as long as the body takes. Listeners of the application's
 * agents and instrumentation stay.
 */
function release({ made, events }: Sent, res: ServerResponse): void {
  // The engine adds no listeners to the provider's response if its own response is finished.
  res.finished = true;
  if (made === undefined) return;
  // Both events are over.
  made.removeAllListeners('socket').removeAllListeners('response');
  for (const listener of made.listeners('error')) {
    if (listener.name === ERROR_LISTENER) made.off('error', listener as (error: Error) => void);
  }
  made.on('error', events.failed);
}

/**
 * Sends requests with http-proxy-middleware 4.2.1 and httpxy 0.5.6. They get a request and a response made here instead
 * of the client's:
 *
 * - The request is empty and ended, with the headers for the provider. So neither the client's body (which the engine
 * writes unframed once Content-Length is removed) nor its Expect header (which skips the `proxyReq` hook), nor any
 * other header of the client can reach a provider, and the application's `req` is not touched.
 * - The response is not connected. So the engine cannot write to the client, and its 'close' is emitted here: it
 * cancels the request in every state, which the engine otherwise does only when the client's response closes.
 */
export function createProxySender(): Sender {
  checkEngineOnce();
  const { createProxyMiddleware, proxyEventsPlugin } = requireEsm<typeof import('http-proxy-middleware')>(
    () => require('http-proxy-middleware'),
    () => require('../../compiled/http-proxy-middleware.cjs'),
  );
  const onError = (error: Error, req: IncomingMessage): void => sentOf(req)?.events.failed(error);
  const options: Options<IncomingMessage, ServerResponse> = {
    router: (req, _res, itsOptions) => {
      const sent = sentOf(req);
      if (sent === undefined) throw new Error('The engine was given a request that is not an exchange.');
      itsOptions.agent = sent.request.agent;
      // A new object for each request, in which the engine collects the request's options.
      itsOptions.ssl = requestOptions(tapOptions(sent.request.isTapped));
      return new EngineTarget(sent.request.url);
    },
    // The target has the path, and the request's own is empty. A function as path filter avoids parsing it.
    pathFilter: () => true,
    selfHandleResponse: true,
    // The default plugins write error texts into partially sent bodies and log URLs with their signatures.
    ejectPlugins: true,
    plugins: [proxyEventsPlugin, keepPath],
    on: {
      proxyReq(request, req) {
        keepConnectionHeader(request);
        const sent = sentOf(req);
        if (sent === undefined) return;
        sent.made = request;
        sent.events.connected(request, () => request.end());
      },
      proxyRes(response, req, res) {
        const sent = sentOf(req);
        if (sent === undefined) return;
        release(sent, res);
        sent.events.responded(response);
      },
      error: onError,
      // The same event under another name, emitted while the client's connection is closing.
      econnreset: onError,
    },
  };
  // The engine copies them twice for each request.
  const all: Options<IncomingMessage, ServerResponse> = Object.assign({ ...NOT_USED }, options);
  const proxy = createProxyMiddleware<IncomingMessage, ServerResponse>(withoutInherited(all));
  return {
    send(request, events) {
      const req = new EngineRequest(NO_CLIENT);
      req.sent = { request, events };
      req.method = request.method;
      req.url = '';
      req.httpVersionMajor = 1;
      req.httpVersionMinor = 1;
      req.httpVersion = '1.1';
      req.headers = ownMembers<IncomingHttpHeaders>(request.headers);
      req.headers.host = request.url.host;
      req.complete = true;
      const res = new ServerResponse(req);
      proxy(req, res, events.failed).catch(events.failed);
      return () => res.emit('close');
    },
  };
}
