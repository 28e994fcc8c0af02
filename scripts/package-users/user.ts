import express from 'express';
import {
  createFileContentRouter,
  isFileContentError,
  type LoggingAdapter,
  type Provider,
  type ProviderResolver,
  type TransferRecord,
} from 'express-file-content';
import { type FakeProvider, fakeProvider } from 'express-file-content/testing';

const records: TransferRecord[] = [];
const logger: LoggingAdapter = { finished: (record) => void records.push(record) };

export function gateway(provider: Provider): express.Express {
  const resolveProvider: ProviderResolver = (req, { fileId, signal }) =>
    signal.aborted || req.ip === undefined ? undefined : { provider, fileId };
  const app = express();
  app.use('/v1', createFileContentRouter({ resolveProvider, logger }));
  return app;
}

export const code = (error: unknown): string | undefined => (isFileContentError(error) ? error.code : undefined);
export const provider: Promise<FakeProvider> = fakeProvider();

// @ts-expect-error the resolver is required
createFileContentRouter({});
