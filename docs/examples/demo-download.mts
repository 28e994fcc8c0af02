import { createHash } from 'node:crypto';
import { SingleBar } from 'cli-progress';
import OpenAI from 'openai';

export interface DownloadOptions {
  readonly label: string;
  readonly baseURL: string;
  readonly apiKey: string;
  readonly fileId: string;
}

export interface Download {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: number;
  readonly sha256: string;
  /** Milliseconds from the call to the first content byte. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** Downloads a file with OpenAI's own SDK. */
export async function download({ label, baseURL, apiKey, fileId }: DownloadOptions): Promise<Download> {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const hash = createHash('sha256');
  const startedAt = performance.now();
  let firstByteMs: number | undefined;
  let bytes = 0;
  const response = await client.files.content(fileId);
  const progress = showProgress(label, Number(response.headers.get('content-length')));
  for await (const piece of response.body ?? []) {
    firstByteMs ??= performance.now() - startedAt;
    bytes += piece.length;
    hash.update(piece);
    progress.update(bytes);
  }
  const totalMs = performance.now() - startedAt;
  progress.stop();
  const { status, headers } = response;
  return { status, headers, bytes, sha256: hash.digest('hex'), firstByteMs: firstByteMs ?? totalMs, totalMs };
}

interface Progress {
  update(bytes: number): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line for each quarter. */
function showProgress(label: string, total: number): Progress {
  if (process.stdout.isTTY && total > 0) {
    const bar = new SingleBar({
      stream: process.stdout,
      format: `${label.padEnd(8)} {bar} {percentage} %  {value} of {total} bytes`,
      barsize: 30,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
    bar.start(total, 0);
    return bar;
  }
  let nextQuarter = 1;
  return {
    update(bytes) {
      while (total > 0 && bytes >= (total * nextQuarter) / 4) {
        console.log(`${label.padEnd(8)} ${nextQuarter * 25} %`);
        nextQuarter += 1;
      }
    },
    stop() {},
  };
}
