import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isRecord } from '../values/own-members';
import { optionalFunction, optionalText, readOptions } from '../values/read-options';
import { answerContent, answerError } from './answer';
import { currentFault } from './fake-fault';
import { type FakeFile, type PreparedFile, prepareFile } from './fake-file';
import { hasKey, requestedDataset, requestedFile } from './fake-routes';

/** Options of {@link fakeProvider}. */
export interface FakeProviderOptions {
  /**
   * The key that requests must carry, as `Authorization: Bearer …`, in the header of another provider such as
   * `x-api-key`, or as the access key id of a signature of AWS, which is not checked. Others get a 401. Defaults to
   * serving every request.
   */
  readonly apiKey?: string | undefined;
  /**
   * The files by the ids that the gateway requests: `file-1`, `gs://bucket/object`, the key of an object. A name that
   * begins with `/` is the path of a file. Bytes or a string are short for `{ content }`. Defaults to `{}`.
   */
  readonly files?: Readonly<Record<string, FakeFile | string | Uint8Array>> | undefined;
  /** Responds to every request in place of the files. Defaults to none. */
  readonly respond?: FakeResponder | undefined;
}

/** Responds to one request, with any status, headers and body. If it throws, the connection is closed. */
export type FakeResponder = (req: IncomingMessage, res: ServerResponse) => unknown;

/** Describes one request as the provider received it. */
export interface FakeRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The request target, with its query. */
  readonly url: string;
  /** The request headers. Their names are lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values of the headers in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  /** The id in the path. `undefined` for a path that does not lead to a file. */
  readonly fileId: string | undefined;
  /**
   * Resolves to `sent` when the whole response was handed to the connection, and to `aborted` when the connection ended
   * first.
   */
  readonly ended: Promise<'sent' | 'aborted'>;
}

/** A provider on 127.0.0.1 with OpenAI's paths, headers and errors, for integration tests without a network. */
export interface FakeProvider extends AsyncDisposable {
  /** The value for a provider's `baseURL`: `http://127.0.0.1:PORT/v1`. */
  readonly baseURL: string;
  /** The origin: `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The port, chosen by the operating system. */
  readonly port: number;
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly FakeRequest[];
  /** Responds to every request from now on in place of the files. `undefined` serves the files again. */
  respond: FakeResponder | undefined;
  /** Resolves when this many requests have arrived since the start, or since {@link clear}. */
  requestsReceived(count: number): Promise<void>;
  /** Forgets the requests, for a provider that several tests share. */
  clear(): void;
  /** Adds a file, or replaces one. */
  setFile(id: string, file: FakeFile | string | Uint8Array): void;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

const OPTIONS = { apiKey: true, files: true, respond: true } as const satisfies Record<keyof FakeProviderOptions, true>;

/**
 * Starts a provider that serves the given files and fails in the given ways.
 *
 * @throws TypeError for an unknown option, and if the content of a file is not a string, bytes or a function
 *
 * @example
 * const provider = await fakeProvider({
 *   files: {
 *     'file-1': 'hello',
 *     'file-cut': { content: Buffer.alloc(1000), fault: { kind: 'cut', afterBytes: 500, by: 'fin' } },
 *   },
 * });
 * const router = createFileContentRouter({
 *   resolveProvider: () => openaiCompatible({ name: 'fake', baseURL: provider.baseURL }),
 * });
 *
 */
export async function fakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const { apiKey, files: given, respond } = readOptions('fakeProvider', options, OPTIONS);
  optionalText('fakeProvider', 'apiKey', apiKey);
  optionalFunction('fakeProvider', 'respond', respond);
  if (given !== undefined && !isRecord(given)) {
    throw invalidOption('fakeProvider', 'files', 'an object of files by their id', describeKind(given));
  }
  const files = new Map<string, PreparedFile>();
  for (const [id, file] of Object.entries(given ?? {})) files.set(id, prepareFile(id, file));
  const requests: FakeRequest[] = [];
  const arrivals = new EventEmitter();
  const signature = randomUUID();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = describeRequest(req, res);
    requests.push(request);
    arrivals.emit('request');
    // A request body is not used, but must be read to reach the next request on the connection.
    req.resume();
    const isSigned = request.url.endsWith(`?signature=${signature}`);
    if (apiKey !== undefined && !isSigned && !hasKey(req.headers, apiKey)) {
      return answerError(res, 401, 'Incorrect API key provided.', { 'www-authenticate': 'Bearer' });
    }
    if (provider.respond !== undefined) {
      await provider.respond(req, res);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerError(res, 405, `Not allowed: ${request.method}.`, { allow: 'GET, HEAD' });
    }
    const dataset = requestedDataset(request.url, files.keys());
    if (dataset !== undefined && dataset.size > 0) return answerSignedURLs(res, dataset);
    const { fileId, keys } = requestedFile(request.url);
    const file = keys.map((key) => files.get(key)).find((found) => found !== undefined);
    if (file === undefined) return answerError(res, 404, `No such File object: ${fileId ?? request.url}`);
    const fault = currentFault(file.fault, file.served);
    file.served += 1;
    await file.gate?.();
    await answerContent(req, res, file, fault);
  }

  /** The URLs work without the key, as those of a store do. */
  function answerSignedURLs(res: ServerResponse, dataset: ReadonlyMap<string, string>): void {
    const urls = [...dataset].map(([name, key]) => {
      const url = `${origin}/files/${encodeURIComponent(key)}/content?signature=${signature}`;
      return [name, url] as const;
    });
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ filenameToSignedUrls: Object.fromEntries(urls) }));
  }

  const server = createServer((req, res) => {
    // If a gate or a content function fails, the connection is closed.
    answer(req, res).catch(() => res.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  async function close(): Promise<void> {
    server.closeAllConnections();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }

  const provider: FakeProvider = {
    origin,
    port,
    baseURL: `${origin}/v1`,
    requests,
    respond,
    async requestsReceived(count) {
      while (requests.length < count) await once(arrivals, 'request');
    },
    clear: () => void requests.splice(0),
    setFile: (id, file) => void files.set(id, prepareFile(id, file)),
    close,
    [Symbol.asyncDispose]: close,
  };
  return provider;
}

function describeRequest(req: IncomingMessage, res: ServerResponse): FakeRequest {
  const { method = '', url = '', headers, rawHeaders } = req;
  return {
    method,
    url,
    headers,
    rawHeaders,
    fileId: requestedFile(url).fileId,
    ended: new Promise((resolve) => {
      res.once('close', () => resolve(res.writableFinished ? 'sent' : 'aborted'));
    }),
  };
}
