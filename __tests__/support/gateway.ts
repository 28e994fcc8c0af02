import type { AddressInfo } from 'node:net';
import express from 'express';
import { createFileContentRouter, type FileContentRouterOptions, type TransferRecord } from '../../lib';

export interface Gateway extends AsyncDisposable {
  readonly origin: string;
  /** One for each finished transfer. */
  readonly records: TransferRecord[];
  /** Resolves with the record of the transfer that finishes next: it is written after the client's response has ended. */
  nextRecord(): Promise<TransferRecord>;
}

/** An Express application with the router under /v1, on a free port of the loopback interface. */
export async function startGateway(options: FileContentRouterOptions): Promise<Gateway> {
  const records: TransferRecord[] = [];
  const waiting: ((record: TransferRecord) => void)[] = [];
  function finished(record: TransferRecord): void {
    records.push(record);
    for (const resolve of waiting.splice(0)) resolve(record);
  }
  const app = express();
  app.use('/v1', createFileContentRouter({ logger: { finished }, ...options }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    records,
    nextRecord: () => new Promise((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
