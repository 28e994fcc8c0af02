import * as http from 'node:http';
import * as https from 'node:https';
import type { AxiosInstance, AxiosStatic } from 'axios';
import { isError } from '../values/native-error';
import { requestOptions } from './agents/connection-options';
import { tapOptions } from './agents/socket-tap';
import type { ProviderRequest, Sender, SenderEvents } from './sender';

// Headers that axios would add; `false` omits them.
const WITHOUT_DEFAULTS = { accept: false, 'accept-encoding': false, 'user-agent': false } as const;

const NAMES_AT_IMPORT: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * Loads axios. It copies what it finds on `Object.prototype` at that moment, so names that were added since this
 * package was imported are removed during the load.
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
 * Returns the client for all requests. It is made for the first request, because loading axios takes as long as
 * importing the rest of this package.
 *
 * Everything that axios does by itself is turned off: following redirects (it would send keys to other origins),
 * decompressing (the length and validators would describe other bytes), proxies from the environment, and rejecting
 * statuses. It also has no limits of size or time.
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

/** The transport that axios uses instead of Node's own functions. */
interface Transport {
  request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest;
}

/** An AxiosError contains the request with the provider's key, so its cause is reported instead. */
function causeOf(error: unknown): unknown {
  return isError(error) && isError(error.cause) ? error.cause : error;
}

/**
 * Sends requests with axios. axios gets no abort signal, because it reacts to an abort with an 'error' event on a
 * stream that may have no listener yet. The request is destroyed instead.
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
        // axios ends a request as soon as it is made, before its connection has been checked for unsolicited bytes.
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
