import * as http from 'node:http';
import * as https from 'node:https';
import type { AxiosInstance, AxiosStatic } from 'axios';
import { isError } from '../values/native-error';
import { requestOptions } from './agents/connection-options';
import { tapOptions } from './agents/socket-tap';
import type { ProviderRequest, Sender, SenderEvents } from './sender';

// What axios would add by itself; `false` keeps a header out.
const WITHOUT_DEFAULTS = { accept: false, 'accept-encoding': false, 'user-agent': false } as const;

const NAMES_AT_IMPORT: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * Loads axios, which keeps whatever it finds on `Object.prototype` at that moment: what has been put there since this
 * package was imported is put aside meanwhile.
 */
function loadAxios(): AxiosStatic {
  const added = Object.entries(Object.getOwnPropertyDescriptors(Object.prototype)).filter(
    ([name]) => !NAMES_AT_IMPORT.has(name),
  );
  for (const [name] of added) Reflect.deleteProperty(Object.prototype, name);
  try {
    return require('axios');
  } finally {
    for (const [name, descriptor] of added) Object.defineProperty(Object.prototype, name, descriptor);
  }
}

let client: AxiosInstance | undefined;

/**
 * The client that all requests are made with. It is made for the first of them: loading axios takes as long as
 * importing all else of this package.
 *
 * Everything that axios would do on its own is off: following redirects (it hands keys to other origins), decompressing
 * (length and validators would speak of other bytes), proxies of the environment, refusing statuses. It has no limit of
 * size or time of its own either.
 */
function axiosClient(): AxiosInstance {
  client ??= loadAxios().create({
    adapter: 'http',
    responseType: 'stream',
    maxRedirects: 0,
    decompress: false,
    proxy: false,
    validateStatus: () => true,
    transformRequest: [],
    transformResponse: [],
  });
  return client;
}

/** What axios makes its requests with instead of Node's own functions. */
interface Transport {
  request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest;
}

/** An AxiosError holds the request with the provider's key: what caused it is reported. */
function causeOf(error: unknown): unknown {
  return isError(error) && isError(error.cause) ? error.cause : error;
}

/**
 * Sends requests with axios. It is not given the signal of an abort, because it answers one with an 'error' event on a
 * stream that may have no listener yet; the request is destroyed instead.
 */
export const axiosSender: Sender = {
  send(request: ProviderRequest, events: SenderEvents): () => void {
    let made: http.ClientRequest | undefined;
    let isCanceled = false;
    const transport: Transport = {
      request(options, onResponse) {
        if (isCanceled) throw new Error('The request was cancelled.');
        const { request: makeRequest } = request.url.protocol === 'https:' ? https : http;
        const making = makeRequest(
          requestOptions({ ...options, agent: request.agent, ...tapOptions(request.isTapped) }),
        );
        made = making;
        // axios ends a request as soon as it is made, before it is known whether its connection is silent.
        const end = making.end.bind(making);
        making.end = () => making;
        making.once('socket', () => events.connected(making, end));
        making.on('error', events.failed);
        making.once('response', (response: http.IncomingMessage) => {
          events.responded(response);
          onResponse(response);
        });
        return making;
      },
    };
    axiosClient()
      .request({
        url: request.url.href,
        method: request.method,
        headers: { ...WITHOUT_DEFAULTS, ...request.headers, host: request.url.host },
        transport,
      })
      .catch((error: unknown) => events.failed(causeOf(error)));
    return () => {
      isCanceled = true;
      made?.destroy();
    };
  },
};
