import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on 127.0.0.1 that ends with the scope that declared it: `await using server = await serve(handler)`. */
export interface LocalServer extends AsyncDisposable {
  readonly origin: string;
}

/** What a provider was asked. */
export interface CapturedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export interface ContentServer extends LocalServer {
  readonly requests: readonly CapturedRequest[];
}

export async function serve(handler: RequestListener): Promise<LocalServer> {
  const server = createServer(handler);
  await listening(server.listen(0, '127.0.0.1'));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listening(server: Server): Promise<void> {
  if (!server.listening) await once(server, 'listening');
}

/** A provider that captures what it is asked, and has every file but those with `missing` in their path. */
export async function contentServer(content: string): Promise<ContentServer> {
  const requests: CapturedRequest[] = [];
  const server = await serve((req, res) => {
    requests.push({ method: req.method, url: req.url, headers: req.headers });
    if (req.url?.includes('missing')) {
      res.writeHead(404, { 'content-type': 'application/json' });
      res.end('{"error":{"message":"No such File object: native-id","type":"invalid_request_error"}}');
      return;
    }
    res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': Buffer.byteLength(content) });
    res.end(content);
  });
  return { ...server, requests };
}
