/** Any request listener, an Express application or a handler, on a free port of 127.0.0.1. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Ends with the scope that declared it: `await using server = await serve(handler)`. */
export interface LocalServer extends AsyncDisposable {
  readonly origin: string;
}

export async function serve(handler: RequestListener): Promise<LocalServer> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
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
