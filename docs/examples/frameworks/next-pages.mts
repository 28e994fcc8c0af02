// Next's pages API: `pages/api/download/[id].ts`, which exports the handler as its default.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Downloads } from './downloads.mts';

/** What a handler uses of `NextApiRequest`. */
interface ApiRequest extends IncomingMessage {
  query: Partial<Record<string, string | string[]>>;
}

export function createHandler({ files, provider }: Downloads) {
  return async function handler(req: ApiRequest, res: ServerResponse): Promise<void> {
    await files.serve(req, res, { provider, fileId: String(req.query['id']) });
  };
}
