/** A gateway with the console at `/transfers`, and a provider whose files a test holds, cuts and refuses. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { createFileContent, type FileContent, openaiCompatible, type Resolution } from '../../lib/index';
import { type TransferConsoleOptions, transferConsole } from '../../lib/integrations/console';
import { type FakeFile, type FakeProvider, fakeProvider } from '../../lib/testing/index';

export interface ConsoleGatewayOptions {
  readonly files?: Readonly<Record<string, FakeFile | string>>;
  readonly console?: TransferConsoleOptions;
  /** What the resolver returns besides the provider. */
  readonly resolution?: Omit<Resolution, 'provider'>;
  readonly providerName?: string;
  /** Mounted before the console. */
  readonly before?: readonly RequestHandler[];
  readonly mount?: string;
  readonly port?: number;
}

export interface ConsoleGateway extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly server: Server;
  readonly files: FileContent;
  readonly provider: FakeProvider;
  /** Downloads a file as far as it comes. @returns the number of bytes, undefined if the download failed */
  download(id: string, signal?: AbortSignal): Promise<number | undefined>;
}

/** A file that stays at its first half until it is let go. */
export function heldFile(length: number): { readonly file: FakeFile; release(): void } {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const half = Buffer.alloc(Math.floor(length / 2), 'held ');
  async function* content(): AsyncGenerator<Uint8Array> {
    yield half;
    await released;
    yield Buffer.alloc(length - half.length, 'free ');
  }
  return { file: { content, length }, release };
}

export async function startConsoleGateway(options: ConsoleGatewayOptions = {}): Promise<ConsoleGateway> {
  const provider = await fakeProvider({ files: options.files });
  const upstream = openaiCompatible({ name: options.providerName ?? 'fake', baseURL: provider.baseURL });
  const files = createFileContent({
    resolveProvider: () => ({ ...options.resolution, provider: upstream }),
    logger: { finished() {} },
    resume: { mode: 'off' },
  });
  const app = express();
  app.set('env', 'test');
  app.use('/v1', files.router);
  for (const middleware of options.before ?? []) app.use(middleware);
  app.use(options.mount ?? '/transfers', transferConsole(files, { intervalMs: 250, ...options.console }));
  const server = createServer(app);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    port,
    server,
    files,
    provider,
    download: (id, signal) =>
      fetch(`${origin}/v1/files/${encodeURIComponent(id)}/content`, signal ? { signal } : {})
        .then(async (response) => (await response.arrayBuffer()).byteLength)
        .catch(() => undefined),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
      await provider.close();
    },
  };
}
