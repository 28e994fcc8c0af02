// Node's own server.
import { createServer, type Server } from 'node:http';
import type { Downloads } from './downloads.mts';

export function createApp({ files, provider }: Downloads): Server {
  return createServer((req, res) => {
    const fileId = fileIdIn(req.url);
    if (fileId === undefined) res.writeHead(404).end();
    else void files.serve(req, res, { provider, fileId });
  });
}

/** Nothing may throw here, as `decodeURIComponent('%')` does: Node would end the process. */
function fileIdIn(url = ''): string | undefined {
  const id = /^\/download\/([^/?]+)(?:\?|$)/.exec(url)?.[1];
  try {
    return id && decodeURIComponent(id);
  } catch {
    return undefined;
  }
}
