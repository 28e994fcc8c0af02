/** What each framework's application has to offer: the same routes, made as the framework's users make them. */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FileContentError, isFileContentError, type TransferRecord } from '../../../lib/index';

/** Set on every response by the framework's own means, before the file is served. */
export const OWN_HEADERS = { 'access-control-allow-origin': 'https://app.test', 'x-app': 'own' } as const;

/** What an application does with a request for a file. */
export interface Mounted {
  /** The call under test, with Node's objects. */
  serve(
    req: IncomingMessage,
    res: ServerResponse,
    onError?: (error: FileContentError) => unknown,
  ): Promise<TransferRecord>;
  /** Anything that the framework logs as an error, or sends to an error handler that has no part in the test. */
  complain(what: string, error?: unknown): void;
}

/** An application that listens. */
export interface RunningFramework {
  readonly port: number;
  close(): Promise<void>;
}

export interface Framework {
  readonly name: string;
  /**
   * Starts an application with three routes:
   * - `/file` for GET, HEAD and POST. A body is left unread.
   * - `/parsed` for POST. The framework has read the JSON in the body before.
   * - `/mine` for GET. Failures go to the framework's own error handler, which sends {@link ownError}.
   */
  start(mounted: Mounted): Promise<RunningFramework>;
}

/** How the error handlers of `/mine` answer. */
export function ownError(error: unknown): { status: number; body: { mine: string } } {
  if (!isFileContentError(error)) return { status: 500, body: { mine: String(error) } };
  return { status: error.status, body: { mine: error.code } };
}

/** Waits until the file is served, and throws what `serve` gives to `onError`. */
export function servedOrThrown(mounted: Mounted, req: IncomingMessage, res: ServerResponse): Promise<TransferRecord> {
  return new Promise((resolve, reject) => {
    void mounted.serve(req, res, reject).then(resolve);
  });
}

export async function listen(server: Server): Promise<RunningFramework> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
