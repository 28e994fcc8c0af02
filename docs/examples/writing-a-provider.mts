// Providers of one's own: of a stream, of an SDK, and of a store with pre-signed URLs.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type Express } from 'express';
import {
  bufferedProvider,
  createFileContentRouter,
  type FetchedProvider,
  FileContentError,
  fileNotFound,
  type LocatedProvider,
  registryResolver,
  streamProvider,
} from 'express-file-content';
import OpenAI, { type ClientOptions } from 'openai';

export function archiveProvider(baseURL: string): FetchedProvider {
  return streamProvider({
    name: 'archive',
    openContent: ({ fileId, signal }) =>
      fetch(`${baseURL}/${encodeURIComponent(fileId)}`, { signal, redirect: 'error' }),
  });
}

export function diskProvider(directory: string): FetchedProvider {
  return streamProvider({
    name: 'disk',
    async openContent({ fileId, range }) {
      const path = join(directory, encodeURIComponent(fileId));
      const { size, mtime: lastModified } = await stat(path).catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === 'ENOENT' ? fileNotFound({ cause }) : cause;
      });
      if (range === undefined || range.start >= size) {
        return { body: createReadStream(path), contentLength: size, lastModified };
      }
      const part = { start: range.start, end: Math.min(range.end ?? size - 1, size - 1) };
      return { body: createReadStream(path, part), lastModified, range: { ...part, total: size } };
    },
  });
}

export function sdkProvider(options: ClientOptions): FetchedProvider {
  const client = new OpenAI(options);
  return bufferedProvider({
    name: 'sdk',
    async fetchContent({ fileId, signal }) {
      try {
        const response = await client.files.content(fileId, { signal });
        return {
          body: response.body ?? new Uint8Array(),
          contentType: response.headers.get('content-type') ?? 'application/octet-stream',
        };
      } catch (error) {
        if (error instanceof OpenAI.NotFoundError)
          throw new FileContentError('file_not_found', 'No such file.', { cause: error });
        throw error;
      }
    },
  });
}

export interface StoreOptions {
  readonly baseURL: string;
  readonly token: () => Promise<string>;
}

export function presignedProvider({ baseURL, token }: StoreOptions): LocatedProvider {
  return {
    name: 'store',
    streaming: true,
    async locate({ fileId, method, signal }) {
      const response = await fetch(`${baseURL}/objects/${encodeURIComponent(fileId)}/sign`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ method }),
        redirect: 'error',
        signal,
      });
      const answer: unknown = response.ok ? await response.json() : await response.body?.cancel();
      if (response.status === 404) throw new FileContentError('file_not_found', 'No such object.');
      if (!isSigned(answer)) throw new FileContentError('provider_invalid_response', 'The store did not sign a URL.');
      // No headers: the signature in the URL is the credential, and the second host gets no other.
      return { url: answer.url };
    },
  };
}

function isSigned(answer: unknown): answer is { url: string } {
  return typeof answer === 'object' && answer !== null && 'url' in answer && typeof answer.url === 'string';
}

export function createGateway(providers: { readonly sdk: FetchedProvider; readonly store: LocatedProvider }): Express {
  const app = express();
  app.use('/:provider/v1', createFileContentRouter({ resolveProvider: registryResolver({ providers }) }));
  return app;
}

if (import.meta.main) {
  const { STORE_URL = '', STORE_TOKEN = '' } = process.env;
  createGateway({
    sdk: sdkProvider({}),
    store: presignedProvider({ baseURL: STORE_URL, token: async () => STORE_TOKEN }),
  }).listen(8080, '127.0.0.1');
}
