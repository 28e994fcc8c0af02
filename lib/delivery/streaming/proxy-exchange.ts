import { type ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Options } from 'http-proxy-middleware';
import { keepOwnHeaders } from '../../http/message-headers';
import { endOfTurn } from '../../transfer/end-of-turn';
import { requestOptions } from '../../upstream/agents/connection-options';
import { RequestSending } from '../../upstream/agents/unasked-bytes';
import type { Engine, ExchangeEvents, ExchangeRequest } from '../../upstream/exchange';
import { onResetAtEnd } from '../../upstream/reset-at-end';
import { gatherSmallChunksOf } from '../../upstream/small-chunks';
import { isError } from '../../values/native-error';
import { ownMembers } from '../../values/own-members';
import { requireEsm } from '../../values/require-esm';
import { checkEngineOnce } from './engine-version';

interface Running {
  readonly request: ExchangeRequest;
  readonly events: ExchangeEvents;
  isClosed: boolean;
  sending: RequestSending | undefined;
}

/**
 * The engine looks at a request's connection for the client's server, and would leave a listener on it for each router.
 * This one was never connected and has no server.
 */
const NO_CLIENT = Object.assign(new Socket(), { server: undefined });

/**
 * The request that the engine is given. It carries its exchange itself: what a long-lived WeakMap holds survives every
 * minor garbage collection, which cost more than all else that is done for a small file.
 */
class EngineRequest extends IncomingMessage {
  running: Running | undefined;

  /**
   * Nothing will come, so what it is piped to is ended, and thereby sent; the stream's own pipe takes ten listeners to find
   * that out. All requests that are made in one turn are sent at its end.
   */
  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    void endOfTurn().then(() => {
      const sending = this.running?.sending;
      if (sending === undefined) destination.end();
      else sending.send(() => destination.end());
    });
    return destination;
  }
}

/**
 * Where the engine sends the request. A URL would be parsed again for each request, and of one with an IPv6 address the
 * engine loses the query. What the engine prints with DEBUG is this object's own members, so path and query, which may hold
 * a signature, are none of them; nor does it inherit what somebody has put on `Object.prototype`.
 */
class EngineTarget {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly #pathname: string;

  constructor({ protocol, hostname, port, pathname, search }: URL) {
    this.protocol = protocol;
    this.hostname = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    this.port = port;
    this.#pathname = pathname + search;
  }

  get pathname(): string {
    return this.#pathname;
  }

  toString(): string {
    return `${this.protocol}//${this.hostname}:${this.port}`;
  }
}
Object.setPrototypeOf(EngineTarget.prototype, null);

/**
 * Every option that the engine reads, so that it finds none on `Object.prototype`: a `forward` there would have the
 * provider's key sent to a second server.
 */
const NOT_USED = {
  agent: undefined,
  auth: undefined,
  buffer: undefined,
  ca: undefined,
  changeOrigin: false,
  followRedirects: false,
  forward: undefined,
  headers: undefined,
  ignorePath: false,
  localAddress: undefined,
  logger: undefined,
  method: undefined,
  pathRewrite: undefined,
  prependPath: true,
  proxyTimeout: undefined,
  secure: true,
  ssl: undefined,
  target: undefined,
  timeout: undefined,
  toProxy: false,
  ws: false,
  xfwd: false,
} as const;

function runningOf(req: IncomingMessage): Running | undefined {
  return req instanceof EngineRequest ? req.running : undefined;
}

/**
 * Node 22 to 26 silently drop a response's headers after the thousandth, Content-Encoding as well. They are bounded by
 * their size, 16 KiB. `maxHeadersCount` has been read by the time that this engine shows its request, so the parser that
 * is assigned to it is told; where there is none, Node's bound stays.
 */
function keepAllHeaders(request: ClientRequest): void {
  const parser: unknown = Reflect.get(request, 'parser');
  if (typeof parser === 'object' && parser !== null) Reflect.set(parser, 'maxHeaderPairs', 0);
}

/** The one option that the engine reads when it is made, and that it prefers to a request's. */
function keepPath(server: { readonly options: { prependPath?: boolean } }): void {
  server.options.prependPath = true;
}

/** The engine takes a `transfer-encoding` that somebody has put on `Object.prototype` for the request's. */
function keepConnectionHeader(request: ClientRequest): void {
  if (request.hasHeader('connection'))
    request.setHeader('Connection', request.shouldKeepAlive ? 'keep-alive' : 'close');
}

/**
 * http-proxy-middleware 4.2.1 with httpxy 0.5.6, given a request and a response of our own instead of the client's:
 *
 * - The request is empty and ended, with the headers that the provider shall get. So neither the client's body (which the
 *   engine writes unframed once Content-Length is removed) nor its Expect header (which skips the `proxyReq` hook), nor
 *   any other header of the client's can reach a provider, and the application's `req` is not touched.
 * - The response is connected to nothing. So the engine cannot write to the client, and its 'close' is ours to emit: it
 *   cancels the request in every state, which the engine otherwise does only when the client's response closes.
 *
 * All decisions are made before `exchange`, because the engine does not notice a client that leaves while it waits for
 * its `router`. Hooks are wrapped: what one throws would end the process.
 */
export function createEngine(): Engine {
  checkEngineOnce();
  const { createProxyMiddleware, proxyEventsPlugin } = requireEsm<typeof import('http-proxy-middleware')>(
    () => require('http-proxy-middleware'),
    () => require('../../compiled/http-proxy-middleware.cjs'),
  );
  const report = (req: IncomingMessage, error: Error): void => {
    const running = runningOf(req);
    if (running && !running.isClosed) running.events.onError(error);
  };

  const guarded = (req: IncomingMessage, hook: (running: Running) => void): void => {
    const running = runningOf(req);
    if (running === undefined) return;
    try {
      hook(running);
    } catch (error) {
      running.events.onError(isError(error) ? error : new Error('A hook threw a value that is no error.'));
    }
  };

  const options: Options<IncomingMessage, ServerResponse> = {
    router: (req, _res, options) => {
      const running = runningOf(req);
      if (running === undefined) throw new Error('The engine was given a request that is not an exchange.');
      options.agent = running.request.agent;
      // What the engine makes the request's options in, and for each request another.
      options.ssl = requestOptions({});
      return new EngineTarget(running.request.url);
    },
    // The target has the path, and the request's own is empty: a path filter that is a function spares parsing it.
    pathFilter: () => true,
    selfHandleResponse: true,
    // The default plugins write error texts into half-sent bodies and log URLs with their signatures.
    ejectPlugins: true,
    plugins: [proxyEventsPlugin, keepPath],
    on: {
      proxyReq: (request, req) =>
        guarded(req, (running) => {
          if (running.isClosed || request.socket === null) request.destroy();
          else {
            keepAllHeaders(request);
            keepConnectionHeader(request);
            request.prependOnceListener('response', keepOwnHeaders);
            running.sending = new RequestSending(request);
            running.sending.assigned(request.socket);
            running.events.onRequest(request, running.sending);
          }
        }),
      proxyRes: (response, req) =>
        guarded(req, (running) => {
          if (running.isClosed) response.destroy();
          else if (running.sending?.isSent !== true) running.sending?.refuse();
          else {
            gatherSmallChunksOf(response);
            onResetAtEnd(response, running.request.method, (error) => report(req, error));
            running.events.onResponse(response);
          }
        }),
      error: (error, req) => report(req, error),
      // The same, named differently when the client's connection is closing.
      econnreset: (error, req) => report(req, error),
    },
  };
  const proxy = createProxyMiddleware<IncomingMessage, ServerResponse>(
    ownMembers(Object.assign({ ...NOT_USED }, options)),
  );

  return {
    exchange(request, events) {
      const req = new EngineRequest(NO_CLIENT);
      req.method = request.method;
      req.url = '';
      req.httpVersionMajor = 1;
      req.httpVersionMinor = 1;
      req.httpVersion = '1.1';
      req.headers = ownMembers({ ...request.headers, host: request.url.host });
      req.complete = true;
      const res = new ServerResponse(req);
      const running: Running = { request, events, isClosed: false, sending: undefined };
      req.running = running;
      proxy(req, res, (error) =>
        report(req, isError(error) ? error : new Error('The request could not be made.')),
      ).catch((error: unknown) => report(req, isError(error) ? error : new Error('The request could not be made.')));
      return {
        close() {
          if (running.isClosed) return;
          running.isClosed = true;
          res.emit('close');
        },
      };
    },
  };
}
