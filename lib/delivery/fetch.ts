import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import axios from 'axios';
import type { Agents } from '../agents';
import { errorCode } from '../native-error';
import type { Transfer } from '../transfer';
import type { Watchdog } from '../watchdog';
import { plainError } from './axios-error';
import type { Exchange } from './engine';
import { FailedAttempt } from './failed-attempt';
import type { Phase } from './flow-watchdog';
import { onResetAtEnd } from './reset-at-end';
import { beforeHead, invalidResponse } from './upstream-error';

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
  transfer.attempts += 1;
  watchdog.enter('connect');
  return new Promise((resolve, reject) => {
    let request: http.ClientRequest | undefined;
    let bytesBefore = 0;
    let lateError: Error | undefined;

    const settle = (): void => signal.removeEventListener('abort', onAbort);
    const fail = (error: unknown): void => {
      settle();
      request?.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);

    const onSocket = (socket: Socket): void => {
      bytesBefore = socket.bytesRead;
      if (!socket.connecting) watchdog.enter('headers');
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => watchdog.enter('headers'));
    };

    const transport = {
      request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest {
        signal.throwIfAborted();
        request = (url.protocol === 'https:' ? https : http).request(options, onResponse);
        // Bounded by their size alone (16 KiB): Node silently drops those after the thousandth.
        request.maxHeadersCount = 0;
        request.once('socket', onSocket);
        request.once('upgrade', (_response, socket) => {
          socket.destroy();
          fail(invalidResponse(provider, 'status 101 although no upgrade was asked for'));
        });
        request.on('error', (error) => {
          lateError ??= plainError(error);
        });
        return request;
      },
    };

    const onHead = ({ data: response }: { readonly data: http.IncomingMessage }): void => {
      settle();
      // Until somebody reads it, a failure of the response has no listener but this one.
      response.on('error', () => undefined);
      onResetAtEnd(response, (error) => {
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
      const received = (request?.socket?.bytesRead ?? 0) - bytesBefore;
      const isStale = request?.reusedSocket === true && received === 0 && /^(ECONNRESET|EPIPE)$/.test(errorCode(plain));
      fail(FailedAttempt.beforeHead(beforeHead(plain, provider, received), plain, isStale));
    };

    signal.addEventListener('abort', onAbort, { once: true });
    client
      .request<http.IncomingMessage>({
        url: url.href,
        method,
        headers: { ...WITHOUT_DEFAULTS, ...headers, host: url.host },
        httpAgent: agents.http,
        httpsAgent: agents.https,
        transport,
      })
      .then(onHead, onFailure);
  });
}
