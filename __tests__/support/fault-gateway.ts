import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import express5, { type Express, type RequestHandler } from 'express';
import express4 from 'express4';
import {
  createFileContentRouter,
  type Delivery,
  type FileContentRouterOptions,
  type LoggingAdapter,
  openaiCompatible,
  type ProviderResolver,
  type TransferRecord,
  type TransferStart,
} from '../../lib/index';
import { PROVIDER_KEY } from './canary';
import { eventually } from './leaks';
import { temporaryDirectory } from './temporary-directory';

export interface GatewayOptions extends Partial<FileContentRouterOptions> {
  /** Where the default resolver's provider is: `http://127.0.0.1:1234`. Its files are under `/v1`. */
  readonly upstream?: string;
  /** What the default resolver asks for; default `stream`. */
  readonly delivery?: Delivery;
  readonly express?: 4 | 5;
  /** Default `/v1`. */
  readonly mount?: string;
  /** Mounted before the router. */
  readonly before?: readonly RequestHandler[];
  /** Called when the router is mounted, for error handlers and routes behind it. */
  readonly after?: (app: Express) => void;
}

/** A gateway on 127.0.0.1 and what its logging adapter was told. */
export interface Gateway extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly server: Server;
  readonly starts: readonly TransferStart[];
  readonly records: readonly TransferRecord[];
  /** Every client connection that was accepted. */
  readonly sockets: readonly Socket[];
  /** Where buffered content that does not fit into memory goes. */
  readonly directory: string;
  /** Client connections that are open. */
  readonly openConnections: number;
  temporaryFiles(): Promise<readonly string[]>;
  /** Fulfilled when `count` records have been written. */
  recorded(count: number): Promise<readonly TransferRecord[]>;
  close(): Promise<void>;
}

/** No fault test waits for one of these; those that test a timeout set it. */
const UNREACHED_TIMEOUTS = {
  resolve: 15_000,
  connect: 15_000,
  headers: 15_000,
  idle: 15_000,
  clientIdle: 15_000,
  total: 0,
};

function defaultResolver(upstream: string, delivery: Delivery): ProviderResolver {
  const provider = openaiCompatible({ name: 'raw', baseURL: `${upstream}/v1`, apiKey: PROVIDER_KEY });
  return () => ({ provider, delivery });
}

/** Mounts the router in an application and listens. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { upstream = 'http://127.0.0.1:9', delivery = 'stream', express = 5, mount = '/v1', before = [] } = options;
  const {
    after,
    upstream: _1,
    delivery: _2,
    express: _3,
    mount: _4,
    before: _5,
    after: _6,
    ...routerOptions
  } = options;
  const directory = await temporaryDirectory('gateway');
  const starts: TransferStart[] = [];
  const records: TransferRecord[] = [];
  const recorder: LoggingAdapter = {
    started: (start) => void starts.push(start),
    finished: (record) => void records.push(record),
  };
  const others = routerOptions.logger === undefined ? [] : [routerOptions.logger].flat();
  const app: Express = express === 5 ? express5() : express4();
  // Express prints unhandled errors in any other environment than this one.
  app.set('env', 'test');
  for (const middleware of before) app.use(middleware);
  app.use(
    mount,
    createFileContentRouter({
      resolveProvider: defaultResolver(upstream, delivery),
      ...routerOptions,
      logger: [recorder, ...others],
      timeouts: { ...UNREACHED_TIMEOUTS, ...routerOptions.timeouts },
      buffer: { directory, retries: 0, ...routerOptions.buffer },
    }),
  );
  after?.(app);
  const server = createServer(app);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function close(): Promise<void> {
    if (server.listening) {
      server.close();
      // Also sockets that have never sent a request, which closeAllConnections() does not know.
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    }
    await rm(directory, { recursive: true, force: true });
  }

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    server,
    starts,
    records,
    sockets,
    directory,
    get openConnections() {
      return sockets.filter((socket) => !socket.destroyed).length;
    },
    temporaryFiles: () => readdir(directory),
    async recorded(count) {
      await eventually(`${count} records, got ${records.length}`, () => records.length >= count, 10_000);
      return records;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
