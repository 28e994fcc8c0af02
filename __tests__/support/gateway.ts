/** The one way to start a gateway: the router in an Express application, on a free port of 127.0.0.1. */
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import express5, { type Express, type RequestHandler } from 'express';
import express4 from 'express4';
import {
  createFileContent,
  type Delivery,
  type FileContent,
  type FileContentRouterOptions,
  openaiCompatible,
  type ProviderResolver,
  type TransferRecord,
  type TransferStart,
} from '../../lib/index';
import { type RecordingAdapter, recordingAdapter } from '../../lib/testing/index';
import { PROVIDER_KEY } from './canary';
import { listenLocally } from './local-server';
import { temporaryDirectory } from './temporary-directory';

export type ExpressMajor = 4 | 5;

/** For `describe.each`: what holds for the router holds under both. */
export const EXPRESS_MAJORS: readonly ExpressMajor[] = [4, 5];

/** The router's options, with its own defaults, and where it is mounted. */
export interface GatewayOptions extends Partial<FileContentRouterOptions> {
  /** The origin of the provider that holds every file, under `/v1`: for tests that need no resolver of their own. */
  readonly upstream?: string;
  /** How files of `upstream` are delivered. Defaults to `stream`. */
  readonly delivery?: Delivery;
  /** The major version of Express. Defaults to 5. */
  readonly express?: ExpressMajor;
  /** Where the router is mounted. Defaults to `/v1`. */
  readonly mount?: string | string[];
  /** Mounted before the router. */
  readonly before?: readonly RequestHandler[];
  /** Called when the router is mounted, for error handlers and routes behind it. */
  readonly after?: (app: Express) => void;
}

export interface Gateway extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly server: Server;
  /** What the router belongs to. */
  readonly files: FileContent;
  /** The logging adapter that it was given besides those of the options. */
  readonly log: RecordingAdapter;
  /** What `log` was told. */
  readonly starts: readonly TransferStart[];
  readonly records: readonly TransferRecord[];
  /** Resolves when `count` records have been written, with all of them. */
  recorded(count: number): Promise<readonly TransferRecord[]>;
  /** Resolves with the record of the transfer that finishes next: call it before the request. */
  nextRecord(): Promise<TransferRecord>;
  /** Every client connection that was accepted. */
  readonly sockets: readonly Socket[];
  /** Client connections that are open. */
  readonly openConnections: number;
  /** Buffered files that do not fit into memory, unless the options name another directory. */
  temporaryFiles(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Longer than a loaded machine takes, shorter than Jest waits: the error then says what was recorded. */
const RECORD_WAIT = { timeoutMs: 50_000 };

/** An application of one major version of Express, silent about errors that reach its end. */
export function createApp(major: ExpressMajor = 5): Express {
  const app: Express = major === 5 ? express5() : express4();
  // Express prints unhandled errors in any other environment than this one.
  app.set('env', 'test');
  return app;
}

function resolverOf(upstream: string, delivery: Delivery): ProviderResolver {
  const provider = openaiCompatible({ name: 'raw', baseURL: `${upstream}/v1`, apiKey: PROVIDER_KEY });
  return () => ({ provider, delivery });
}

/**
 * Mounts the router and listens.
 *
 * @example
 * await using provider = await startRawProvider(({ send }) => send(answer('hello')));
 * await using gateway = await startGateway({ upstream: provider.origin });
 * const { response } = await rawRequest(gateway.port);
 * const [record] = await gateway.recorded(1);
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    upstream = 'http://127.0.0.1:9',
    delivery = 'stream',
    express,
    mount = '/v1',
    before = [],
    after,
    logger = [],
    ...routerOptions
  } = options;
  const directory = await temporaryDirectory('gateway');
  const log = recordingAdapter();
  const app = createApp(express);
  for (const middleware of before) app.use(middleware);
  const files = createFileContent({
    resolveProvider: resolverOf(upstream, delivery),
    ...routerOptions,
    logger: [log, logger].flat(),
    buffer: { directory, ...routerOptions.buffer },
  });
  app.use(mount, files.router);
  after?.(app);
  const server = createServer(app);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listenLocally(server);

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
    origin: `http://127.0.0.1:${port}`,
    server,
    files,
    log,
    starts: log.starts,
    records: log.records,
    recorded: (count) => log.finished(count, RECORD_WAIT),
    async nextRecord() {
      const before = log.records.length;
      const records = await log.finished(before + 1, RECORD_WAIT);
      return records[before] as TransferRecord;
    },
    sockets,
    get openConnections() {
      return sockets.filter((socket) => !socket.destroyed).length;
    },
    temporaryFiles: () => readdir(directory),
    close,
    [Symbol.asyncDispose]: close,
  };
}
