import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import express5, { type Express, type RequestHandler } from 'express';
import express4 from 'express4';
import {
  createFileContentRouter,
  type FileContentRouterOptions,
  type TransferRecord,
  type TransferStart,
} from '../../lib/index';

export type ExpressMajor = 4 | 5;

/** For `describe.each`: whatever is said of the router holds under both. */
export const EXPRESS_MAJORS: readonly ExpressMajor[] = [4, 5];

export interface AppOptions extends FileContentRouterOptions {
  /** Default 5. */
  readonly express?: ExpressMajor;
  /** Default `/v1`. */
  readonly mount?: string;
  /** Mounted before the router. */
  readonly before?: readonly RequestHandler[];
  /** Called when the router is mounted, for error handlers and routes behind it. */
  readonly after?: (app: Express) => void;
}

/** An application with the router, on 127.0.0.1, and what its logging adapter was told. */
export interface RunningApp extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly server: Server;
  readonly starts: readonly TransferStart[];
  readonly records: readonly TransferRecord[];
  /** Fulfilled when `count` records have been written. */
  recorded(count: number): Promise<readonly TransferRecord[]>;
}

/** An application of one major version of Express, silent about errors that reach its end. */
export function createApp(major: ExpressMajor = 5): Express {
  const app: Express = major === 5 ? express5() : express4();
  // Express prints unhandled errors in any other environment than this one.
  app.set('env', 'test');
  return app;
}

export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { express, mount = '/v1', before = [], after, logger = [], ...routerOptions } = options;
  const starts: TransferStart[] = [];
  const records: TransferRecord[] = [];
  const written = new EventEmitter();
  const recorder = {
    started: (start: TransferStart) => void starts.push(start),
    finished(record: TransferRecord) {
      records.push(record);
      written.emit('record');
    },
  };
  const app = createApp(express);
  for (const middleware of before) app.use(middleware);
  app.use(mount, createFileContentRouter({ ...routerOptions, logger: [recorder, logger].flat() }));
  after?.(app);
  const server = createServer(app);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    server,
    starts,
    records,
    async recorded(count) {
      while (records.length < count) await once(written, 'record');
      return records;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
