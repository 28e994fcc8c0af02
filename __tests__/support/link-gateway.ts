/** A gateway whose files are reached by expiring links under /d. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestHandler } from 'express';
import { type ContentLinks, contentLinks, createFileContent, type FileContentOptions } from '../../lib/index';
import { type RecordingAdapter, recordingAdapter } from '../../lib/testing/index';
import { createApp } from './gateway';
import { listenLocally } from './local-server';

export const LINK_KEY = Buffer.alloc(32, 7);

export interface LinkGateway extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly links: ContentLinks;
  readonly log: RecordingAdapter;
}

export async function startLinkGateway(
  resolve: Parameters<typeof contentLinks>[0]['resolve'],
  {
    before = [],
    keys = [LINK_KEY],
    ...options
  }: FileContentOptions & { before?: readonly RequestHandler[]; keys?: readonly Uint8Array[] } = {},
): Promise<LinkGateway> {
  const log = recordingAdapter();
  const links = contentLinks({ keys, resolve });
  const files = createFileContent({ logger: log, ...options });
  const app = createApp();
  for (const middleware of before) app.use(middleware);
  app.use('/d', links.handler(files));
  app.use((_req, res) => void res.status(418).send('next'));
  const server = createServer(app);
  const port = await listenLocally(server);
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    links,
    log,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await files.close();
    },
  };
}
