/** Any request listener, an Express application or a handler, on a free port of 127.0.0.1. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

/**
 * Has a server listen on a free port of 127.0.0.1. A thousand connections may come while the process is busy: the
 * system resets what the queue does not take.
 * @returns the port
 */
export async function listenLocally(server: Server): Promise<number> {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends with the scope that declared it: `await using server = await serve(handler)`. */
export interface LocalServer extends AsyncDisposable {
  readonly origin: string;
}

export async function serve(handler: RequestListener): Promise<LocalServer> {
  const server = createServer(handler);
  const port = await listenLocally(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
