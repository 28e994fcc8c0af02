// A gateway with a console, and downloads that go on so that there is something to see.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import express from 'express';
import { createFileContent, openai } from 'express-file-content';
import { transferConsole } from 'express-file-content/console';
import { type FakeFile, fakeProvider, generatedFile } from 'express-file-content/testing';

const MB = 1_000_000;

export interface WatchedGateway {
  /** The address of the console. */
  readonly console: string;
  /** Ends the downloads and the gateway. */
  close(): Promise<void>;
}

interface Download {
  readonly fileId: string;
  readonly tenant: string;
  /** How fast the client reads. */
  readonly bytesPerSecond: number;
}

const DOWNLOADS: readonly Download[] = [
  { fileId: 'file-batch-output', tenant: 'acme', bytesPerSecond: 2.4 * MB },
  { fileId: 'file-fine-tuning', tenant: 'acme', bytesPerSecond: 1.1 * MB },
  { fileId: 'file-cut-and-resumed', tenant: 'globex', bytesPerSecond: 6 * MB },
  { fileId: 'file-speech', tenant: 'initech', bytesPerSecond: 0.4 * MB },
  { fileId: 'file-cut-for-good', tenant: 'globex', bytesPerSecond: 3 * MB },
  { fileId: 'file-deleted', tenant: 'initech', bytesPerSecond: MB },
];

const FILES: Readonly<Record<string, FakeFile>> = {
  'file-batch-output': generatedFile(68_156_820),
  'file-fine-tuning': generatedFile(41_300_000),
  'file-cut-and-resumed': generatedFile(24_000_000, {
    fault: { kind: 'cut', afterBytes: 7 * MB, by: 'fin', times: 2 },
  }),
  'file-speech': generatedFile(9_400_000),
  // Without a strong validator nobody can tell whether the rest is of the same version, so it is not resumed.
  'file-cut-for-good': generatedFile(30_000_000, {
    headers: { etag: 'W/"weak"' },
    fault: { kind: 'cut', afterBytes: 11 * MB, by: 'fin' },
  }),
};

/** Starts everything on free ports of this machine. */
export async function startWatchedGateway(port = 0): Promise<WatchedGateway> {
  const provider = await fakeProvider({ files: FILES });
  const upstream = openai({ apiKey: 'sk-demo', baseURL: provider.baseURL });
  const files = createFileContent({
    resolveProvider: (req) => ({ provider: upstream, tenant: req.get('authorization')?.replace('Bearer ', '') ?? '' }),
    logger: { finished() {} },
  });
  const app = express();
  app.use('/v1', files.router);
  // Only this machine can reach it. Anywhere else, put your authentication in front of the console.
  app.use('/transfers', transferConsole(files));
  const server = app.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const over = new AbortController();
  for (const download of DOWNLOADS) void repeat(download, origin, over.signal);

  return {
    console: `${origin}/transfers`,
    async close() {
      over.abort();
      server.close();
      await files.close({ graceMs: 0 });
      server.closeAllConnections();
      await provider.close();
    },
  };
}

/** Downloads a file again and again. */
async function repeat(download: Download, origin: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await read(download, origin, signal).catch(() => {});
    await setTimeout(5_000, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Reads a file no faster than its client would. */
async function read({ fileId, tenant, bytesPerSecond }: Download, origin: string, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${tenant}` };
  const { body } = await fetch(`${origin}/v1/files/${fileId}/content`, { headers, signal });
  for await (const piece of body ?? []) await setTimeout((piece.length / bytesPerSecond) * 1000, undefined, { signal });
}
