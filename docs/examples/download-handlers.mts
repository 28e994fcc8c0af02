// Download handlers in the shapes that applications have today, each served by `serve` on the path that it has.
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express } from 'express';
import type { FileContent, Provider, ServeTarget } from 'express-file-content';

export interface Application {
  readonly files: FileContent;
  readonly openai: Provider;
  /** Looks a file up by the application's own id. Undefined where it does not exist, or is not this user's. */
  find(id: string, user: string): ServeTarget | undefined;
  userOf(req: IncomingMessage): string;
}

/** As in LibreChat: the path names the owner and the file, the database says who holds it. */
export function byOwner({ files, find, userOf }: Application): Express {
  const app = express();
  app.get('/api/files/download/:userId/:fileId', (req, res, next) => {
    const user = userOf(req);
    const file = user === req.params.userId ? find(req.params.fileId, user) : undefined;
    if (file === undefined) res.status(404).json({ message: 'File not found' });
    else void files.serve(req, res, file, { onError: next });
  });
  return app;
}

/** As in n8n: one path for all files, whose ids are keys of a store; shown or downloaded. */
export function byQuery({ files, find, userOf }: Application): Express {
  const app = express();
  app.get('/rest/binary-data', (req, res) => {
    const { id, action } = req.query;
    const file = find(String(id), userOf(req));
    if (file === undefined) res.status(404).end();
    else void files.serve(req, res, { ...file, disposition: action === 'view' ? 'inline' : 'attachment' });
  });
  return app;
}

/** As in Flowise: a POST, whose JSON names the file. */
export function byBody({ files, find, userOf }: Application): Express {
  const app = express();
  app.post('/api/v1/openai-assistants-file/download', express.json(), (req, res) => {
    const file = find(String(req.body?.fileName), userOf(req));
    if (file === undefined) res.status(404).json({ message: 'File not found' });
    else void files.serve(req, res, file);
  });
  return app;
}

/** As in AnythingLLM: a generated file by its name, whose extension tells the type. */
export function byName({ files, find, userOf }: Application): Express {
  const app = express();
  app.get('/api/agent-skills/generated-files/:filename', (req, res) => {
    const { filename } = req.params;
    const file = find(filename, userOf(req));
    if (file === undefined) res.status(404).json({ error: 'File not found' });
    else void files.serve(req, res, { ...file, filename, contentType: 'from-name' });
  });
  return app;
}

/** As in OpenAI's quickstarts, as a handler of Next's pages API: a file, or one of a container. */
export function byContainer({ files, openai }: Application) {
  return async function handler(
    req: IncomingMessage & { query: Partial<Record<string, string | string[]>> },
    res: ServerResponse,
  ): Promise<void> {
    const { file_id: fileId, container_id: containerId, filename } = req.query;
    if (typeof fileId !== 'string') {
      res.writeHead(400).end('Missing file_id');
      return;
    }
    await files.serve(req, res, {
      provider: openai,
      fileId,
      ...(typeof containerId === 'string' && { resource: 'containers', params: { containerId } }),
      ...(typeof filename === 'string' && { filename }),
    });
  };
}
