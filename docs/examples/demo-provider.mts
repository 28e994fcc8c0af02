import { createHash } from 'node:crypto';
import { fakeProvider } from 'express-file-content/testing';

const SIZE = 68_156_820;
const PIECE = 65_536;

export interface DemoProvider {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly fileId: string;
  close(): Promise<void>;
}

/** Bytes that look random and are the same every time: each kilobyte is a hash of its number. */
function* content(): Generator<Uint8Array> {
  const block = Buffer.alloc(PIECE);
  for (let at = 0; at < PIECE; at += 32) createHash('sha256').update(String(at)).digest().copy(block, at);
  for (let sent = 0; sent < SIZE; sent += PIECE) {
    const piece = Buffer.from(block.subarray(0, Math.min(PIECE, SIZE - sent)));
    piece.writeUInt32BE(sent % 2 ** 32, 0);
    yield piece;
  }
}

/** A provider with one file, as large as those that batches and fine-tuning give back. */
export async function startDemoProvider(): Promise<DemoProvider> {
  const apiKey = 'sk-the-gateways-own-key';
  const fileId = 'file-demo';
  const provider = await fakeProvider({
    apiKey,
    files: {
      [fileId]: {
        content,
        length: SIZE,
        filename: 'batch_output.jsonl',
        headers: { etag: '"demo"', 'last-modified': 'Sat, 03 Jan 2026 10:00:00 GMT', 'cache-control': 'no-store' },
      },
    },
  });
  return { baseURL: provider.baseURL, apiKey, fileId, close: provider.close };
}
