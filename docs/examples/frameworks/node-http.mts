// Node's own server.
import { createServer, type Server } from 'node:http';
import type { Downloads } from './downloads.mts';

export function createApp({ files, provider }: Downloads): Server {
  return createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost');
    const id = /^\/download\/([^/]+)$/.exec(pathname)?.[1];
    if (id === undefined) res.writeHead(404).end();
    else void files.serve(req, res, { provider, fileId: decodeURIComponent(id) });
  });
}
