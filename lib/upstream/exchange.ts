import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { keepOwnHeaders } from '../http/message-headers';
import type { UpstreamResponse } from '../provider-contract/provider';
import { endOfTurn } from '../transfer/event-loop/end-of-turn';
import type { Phase, Watchdog } from '../transfer/watchdog';
import { errorCode } from '../values/native-error';
import { ownMembers } from '../values/own-members';
import { RequestSending } from './agents/unsolicited-bytes';
import { onResetAtEnd } from './detect-reset';
import type { ProviderRequest, Sender, SenderEvents } from './sender';
import { gatherSmallChunksOf } from './small-chunks';
import { beforeHead, plainError, RequestFailure, unrequestedUpgrade } from './upstream-error';

/** A request to a provider and the response, whose head has arrived. */
export interface Exchange {
  readonly request: ProviderRequest;
  readonly response: IncomingMessage;
  /** Status and headers of the response, and the beginning of its body once {@link showStart} was called. */
  readonly head: UpstreamResponse;
  /** Adds the beginning of the body to {@link head}. */
  showStart(start: Uint8Array): void;
  /** What failed after the head: Node reports what the parser finds there to the request, not to the response. */
  readonly lateError: Error | undefined;
  /** Calls back with {@link lateError}, also where it is there already. */
  onLateError(listener: (error: Error) => void): void;
  /** Ends the exchange. Where the response was not read to its end, its connection is destroyed. */
  close(): void;
}

export interface ExchangeOptions {
  readonly sender: Sender;
  readonly provider: string;
  /** For whom the request is made: an abort ends the wait for the head. */
  readonly requester: { readonly signal: AbortSignal; onAborted(listener: () => void): () => void };
  /** Is told of the phases `connect`, `headers` and `idle`. */
  readonly watchdog: Pick<Watchdog<Phase>, 'enter'>;
}

/**
 * Sends one request and waits for the head of its response.
 *
 * @throws RequestFailure, or the reason of the requester's abort
 */
export function exchange(request: ProviderRequest, options: ExchangeOptions): Promise<Exchange> {
  options.requester.signal.throwIfAborted();
  return new Promise((resolve, reject) => new RunningExchange(request, options).begin({ resolve, reject }));
}

/**
 * Node 22 to 26 silently drop a response's headers after the thousandth, including Content-Encoding. Their size is
 * limited anyway, to 16 KiB. `maxHeadersCount` has been read by the time that a sender reports its request, so the
 * limit is set on its parser. Without a parser, Node's limit remains.
 */
function keepAllHeaders(request: ClientRequest): void {
  const parser: unknown = Reflect.get(request, 'parser');
  if (typeof parser === 'object' && parser !== null) Reflect.set(parser, 'maxHeaderPairs', 0);
}

/** What only the wait for the head needs. The exchange forgets it then, because a body may take hours. */
interface Wait {
  readonly resolve: (exchange: Exchange) => void;
  readonly reject: (reason: unknown) => void;
  unwatch?: () => void;
  cancel?: () => void;
  sending?: RequestSending;
}

class RunningExchange implements Exchange, SenderEvents {
  readonly request: ProviderRequest;
  readonly #options: ExchangeOptions;
  #wait: Wait | undefined;
  #response: IncomingMessage | undefined;
  #head: UpstreamResponse | undefined;
  #lateError: Error | undefined;
  #onLate: ((error: Error) => void) | undefined;
  #isClosed = false;

  constructor(request: ProviderRequest, options: ExchangeOptions) {
    this.request = request;
    this.#options = options;
  }

  get response(): IncomingMessage {
    return given(this.#response);
  }

  get head(): UpstreamResponse {
    return given(this.#head);
  }

  showStart(start: Uint8Array): void {
    this.#head = { ...this.head, start };
  }

  get lateError(): Error | undefined {
    return this.#lateError;
  }

  begin(wait: Wait): void {
    const { sender, requester, watchdog } = this.#options;
    this.#wait = wait;
    watchdog.enter('connect');
    wait.unwatch = requester.onAborted(() => this.#end(requester.signal.reason));
    wait.cancel = sender.send(this.request, this);
  }

  connected(request: ClientRequest, send: () => void): void {
    const { socket } = request;
    if (this.#wait === undefined || socket === null) request.destroy();
    else {
      const sending = new RequestSending(request);
      this.#wait.sending = sending;
      this.#guarded(() => {
        keepAllHeaders(request);
        request.prependOnceListener('response', keepOwnHeaders);
        request.on('upgrade', this.#refuseUpgrade);
        sending.assigned(socket);
        if (socket.connecting)
          socket.once(this.request.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => this.#awaitHead());
        else this.#awaitHead();
        // All requests that are made in one turn are sent together.
        void endOfTurn().then(() => sending.send(send));
      });
    }
  }

  responded(response: IncomingMessage): void {
    // Until the response is read, this is the only listener for its errors.
    response.on('error', ignore);
    const wait = this.#wait;
    if (wait === undefined) response.destroy();
    else if (wait.sending?.isSent !== true) wait.sending?.refuse();
    else {
      this.#guarded(() => {
        // The table is Node's own, or was rebuilt before the library read it.
        const headers = ownMembers(response.headers);
        gatherSmallChunksOf(response, headers['content-length']);
        onResetAtEnd(response, this.request.method, this.failed);
        this.#options.watchdog.enter('idle');
        this.#response = response;
        this.#head = { status: response.statusCode ?? 0, headers };
        this.#wait = undefined;
        wait.unwatch?.();
        wait.resolve(this);
      });
    }
  }

  readonly failed = (error: unknown): void => {
    if (this.#isClosed) return;
    const plain = plainError(error);
    if (this.#wait === undefined) {
      this.#lateError ??= plain;
      this.#onLate?.(plain);
      return;
    }
    const { sending } = this.#wait;
    const staleness = sending?.staleness(errorCode(plain));
    const answer = beforeHead(plain, this.#options.provider, sending?.received ?? 0);
    this.#end(new RequestFailure(answer, { staleness }));
  };

  onLateError(listener: (error: Error) => void): void {
    this.#onLate = listener;
    if (this.#lateError !== undefined) listener(this.#lateError);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const response = this.#response;
    // The connection of a response that was read to its end is the next request's.
    if (response?.complete && response.readableEnded) return;
    response?.destroy();
    this.#wait?.cancel?.();
    this.#wait = undefined;
  }

  #awaitHead(): void {
    this.#guarded(() => this.#options.watchdog.enter('headers'));
  }

  readonly #refuseUpgrade = (_response: IncomingMessage, socket: Duplex): void => {
    // It has left the request's hands: Node 26 does not destroy it with the request any more.
    socket.destroy();
    this.failed(unrequestedUpgrade());
  };

  #end(reason: unknown): void {
    const wait = this.#wait;
    wait?.unwatch?.();
    this.close();
    wait?.reject(reason);
  }

  /** A sender calls from within Node's events: what is thrown there would end the process. */
  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.failed(error);
    }
  }
}

function given<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('The exchange has no response yet.');
  return part;
}

function ignore(): void {}
