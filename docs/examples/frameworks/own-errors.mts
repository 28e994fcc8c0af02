// A failure that your framework answers in its own way: wait for `serve`, and throw what it gives to `onError`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileContent, ServeTarget, TransferRecord } from 'express-file-content';

export function serveOrThrow(
  files: FileContent,
  req: IncomingMessage,
  res: ServerResponse,
  target: ServeTarget,
): Promise<TransferRecord> {
  return new Promise((resolve, reject) => {
    void files.serve(req, res, target, { onError: reject }).then(resolve);
  });
}
