// Express 4 and 5.
import express, { type Express } from 'express';
import type { Downloads } from './downloads.mts';

export function createApp({ files, provider }: Downloads): Express {
  const app = express();
  app.get('/download/:id', (req, res, next) => {
    void files.serve(req, res, { provider, fileId: req.params.id }, { onError: next });
  });
  return app;
}
