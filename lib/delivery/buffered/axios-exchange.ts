import type * as http from 'node:http';
import type { Socket } from 'node:net';
import axios from 'axios';
import type { Agents } from '../../provider';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import type { RequestSending } from '../../upstream/agents/unasked-bytes';
import { plainError } from '../../upstream/axios-error';
import { type AxiosTransport, axiosTransport } from '../../upstream/axios-transport';
import type { Exchange } from '../../upstream/exchange';
import { onResetAtEnd } from '../../upstream/reset-at-end';
import { gatherSmallChunksOf } from '../../upstream/small-chunks';
import { beforeHead, unaskedUpgrade } from '../../upstream/upstream-error';
import { errorCode } from '../../values/native-error';
import { FailedAttempt } from './failed-attempt';

/** A response whose head has arrived. */
export interface FetchedHead {
  readonly response: http.IncomingMessage;
  readonly exchange: Exchange;
  /** What the parser finds after the head is told to the request, not to the response. */
  lateError(): Error | undefined;
}

export interface FetchOptions {
  readonly transfer: Transfer;
  readonly provider: string;
  readonly watchdog: Watchdog<Phase>;
  readonly method: 'GET' | 'HEAD';
  /** All headers of the request; nothing is added to them but Host and Connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly agents: Agents;
}

/**
 * Everything that axios would do on its own is off: following redirects (it hands keys to other origins), decompressing
 * (length and validators would speak of other bytes), proxies of the environment, refusing statuses. It has no limit of
 * size or time of its own either: both are counted here, and the time per phase.
 */
const client = axios.create({
  adapter: 'http',
  responseType: 'stream',
  maxRedirects: 0,
  decompress: false,
  proxy: false,
  validateStatus: () => true,
  transformRequest: [],
  transformResponse: [],
});
// What it would add by itself; `false` keeps a header out.
const WITHOUT_DEFAULTS = { accept: false, 'user-agent': false } as const;

/**
 * Sends one request and waits for its response head, within the limits for connecting and for headers.
 *
 * No AxiosError leaves this function: it holds the request with the provider's key. Nor is axios given the signal, because
 * it answers an abort with an 'error' event that carries such an error, on a stream that may have no listener yet; the
 * request is destroyed instead.
 *
 * @throws FailedAttempt, FileContentError, or the transfer's abort reason
 */
export function fetchHead(
  url: URL,
  { transfer, provider, watchdog, method, headers, agents }: FetchOptions,
): Promise<FetchedHead> {
  const { signal } = transfer;
  signal.throwIfAborted();
  transfer.asked();
  watchdog.enter('connect');
  return new Promise((resolve, reject) => {
    let request: http.ClientRequest | undefined;
    let sending: RequestSending | undefined;
    let lateError: Error | undefined;

    const settle = (): void => signal.removeEventListener('abort', onAbort);
    const fail = (error: unknown): void => {
      settle();
      request?.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);

    const onSocket = (socket: Socket): void => {
      if (!socket.connecting) watchdog.enter('headers');
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => watchdog.enter('headers'));
    };

    const onRequest = (made: http.ClientRequest, itsSending: RequestSending): void => {
      request = made;
      sending = itsSending;
      // Bounded by their size alone (16 KiB): Node silently drops those after the thousandth.
      made.maxHeadersCount = 0;
      made.once('socket', onSocket);
      made.once('upgrade', (_response, socket) => {
        socket.destroy();
        onFailure(unaskedUpgrade());
      });
      made.on('error', (error) => {
        lateError ??= plainError(error);
      });
    };

    const { request: makeRequest } = axiosTransport(url, agents, onRequest);
    const transport: AxiosTransport = {
      request(options, onResponse) {
        signal.throwIfAborted();
        return makeRequest(options, (response) => {
          gatherSmallChunksOf(response);
          onResponse(response);
        });
      },
    };

    const onHead = ({ data: response }: { readonly data: http.IncomingMessage }): void => {
      settle();
      // Until somebody reads it, a failure of the response has no listener but this one.
      response.on('error', () => undefined);
      onResetAtEnd(response, method, (error) => {
        lateError ??= error;
      });
      const close = (): void => {
        // The connection of a response that was read to its end is the next request's.
        if (response.complete && response.readableEnded) return;
        response.destroy();
        request?.destroy();
      };
      resolve({ response, exchange: { close }, lateError: () => lateError });
    };

    const onFailure = (error: unknown): void => {
      const plain = plainError(error);
      const staleness = sending?.staleness(errorCode(plain));
      // The provider has seen nothing of it.
      if (staleness === 'not sent') transfer.notSent();
      const answer = beforeHead(plain, provider, sending?.received ?? 0);
      fail(FailedAttempt.beforeHead(answer, plain, staleness !== undefined));
    };

    signal.addEventListener('abort', onAbort, { once: true });
    client
      .request<http.IncomingMessage>({
        url: url.href,
        method,
        headers: { ...WITHOUT_DEFAULTS, ...headers, host: url.host },
        transport,
      })
      .then(onHead, onFailure);
  });
}
