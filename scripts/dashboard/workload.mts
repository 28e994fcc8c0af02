// A gateway with metrics, and downloads through it that end in every way that the dashboard shows.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createFileContent, openaiCompatible } from 'express-file-content';
import { prometheusMetrics } from 'express-file-content/prometheus';
import { type FakeFile, fakeProvider } from 'express-file-content/testing';
import { Registry } from 'prom-client';

export interface Workload extends AsyncDisposable {
  /** Where Prometheus finds the metrics: host and port. */
  readonly target: string;
  /** Downloads a file by its name, whatever becomes of it. */
  download(name: FileName): Promise<void>;
}

export interface WorkloadOptions {
  /** What the provider waits for before it responds, and between the pieces of a slow file. */
  readonly pause: () => Promise<unknown>;
}

const LARGE = Buffer.alloc(1_000_000, 'large');
const ROW = {
  custom_id: 'row',
  response: {
    status_code: 200,
    body: { model: 'gpt-5-mini', usage: { prompt_tokens: 900, completion_tokens: 300, total_tokens: 1200 } },
  },
  error: null,
};
const FAILED = { custom_id: 'row', response: null, error: { code: 'server_error', message: 'failed' } };
const BATCH = [...Array.from({ length: 9 }, () => ROW), FAILED].map((row) => `${JSON.stringify(row)}\n`).join('');

/** Made anew for each download, because a fault that heals is counted by file. */
const FILES = {
  small: () => ({ content: 'small' }),
  large: () => ({ content: LARGE }),
  batch: () => ({ content: BATCH }),
  missing: () => undefined,
  cut: () => ({ content: LARGE, fault: { kind: 'cut', afterBytes: 400_000, by: 'fin' } }),
  resumed: () => ({
    content: LARGE,
    headers: { etag: '"v1"' },
    fault: { kind: 'cut', afterBytes: 400_000, by: 'fin', times: 1 },
  }),
  buffered: () => ({ content: LARGE, fault: { kind: 'status', status: 500, times: 1 } }),
  slow: (pause) => ({
    async *content() {
      for (let piece = 0; piece < 20; piece += 1) {
        yield LARGE.subarray(0, 50_000);
        await pause();
      }
    },
    length: 1_000_000,
  }),
  refused: () => undefined,
} as const satisfies Record<string, (pause: () => Promise<unknown>) => FakeFile | undefined>;

/** What a download is of, and how it ends. `refused` has an id that no file can have. */
export type FileName = keyof typeof FILES;

async function listen(server: Server): Promise<string> {
  if (!server.listening) await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts the provider, the gateway and its metrics. */
export async function startWorkload({ pause }: WorkloadOptions): Promise<Workload> {
  const provider = await fakeProvider();
  const openai = openaiCompatible({ name: 'openai', baseURL: provider.baseURL });
  const together = openaiCompatible({ name: 'together', baseURL: provider.baseURL });
  const register = new Registry();
  const files = createFileContent({
    resolveProvider: (_req, { fileId }) => ({
      provider: /^(?:large|cut|missing)/.test(fileId) ? together : openai,
      delivery: fileId.startsWith('buffered') ? 'buffer' : 'stream',
      usage: fileId.startsWith('batch'),
    }),
    logger: prometheusMetrics({ register }),
  });
  const app = express();
  app.use('/v1', files.router);
  app.get('/metrics', async (_req, res) => {
    res.type(register.contentType).send(await register.metrics());
  });
  const server = app.listen(0, '127.0.0.1');
  const target = await listen(server);
  let count = 0;

  return {
    target,
    async download(name) {
      count += 1;
      const id = name === 'refused' ? 'an..id with spaces' : `${name}-${count}`;
      const file: FakeFile | undefined = FILES[name](pause);
      if (file !== undefined) provider.setFile(id, { gate: pause, ...file });
      const response = await fetch(`http://${target}/v1/files/${encodeURIComponent(id)}/content`);
      await response.arrayBuffer().catch(() => undefined);
    },
    async [Symbol.asyncDispose]() {
      await files.close({ graceMs: 0 });
      server.closeAllConnections();
      server.close();
      await provider.close();
    },
  };
}
