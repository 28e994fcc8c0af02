import type { AddressInfo } from 'node:net';
import express from 'express';
import { createFileContentRouter, type FileContentRouterOptions, type TransferRecord } from '../../lib';

export interface Gateway extends AsyncDisposable {
  readonly origin: string;
  /** One for each finished transfer. */
  readonly records: TransferRecord[];
}

/** An Express application with the router under /v1, on a free port of the loopback interface. */
export async function startGateway(options: FileContentRouterOptions): Promise<Gateway> {
  const records: TransferRecord[] = [];
  const app = express();
  app.use('/v1', createFileContentRouter({ logger: { finished: (record) => void records.push(record) }, ...options }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    records,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
