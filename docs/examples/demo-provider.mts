import { fakeProvider, generatedFile } from 'express-file-content/testing';

const SIZE = 68_156_820;

export interface DemoProvider {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly fileId: string;
  close(): Promise<void>;
}

/** A provider with one file, as large as those that batches and fine-tuning give back. */
export async function startDemoProvider(): Promise<DemoProvider> {
  const apiKey = 'sk-the-gateways-own-key';
  const fileId = 'file-demo';
  const provider = await fakeProvider({
    apiKey,
    files: {
      [fileId]: generatedFile(SIZE, {
        filename: 'batch_output.jsonl',
        headers: { etag: '"demo"', 'last-modified': 'Sat, 03 Jan 2026 10:00:00 GMT', 'cache-control': 'no-store' },
      }),
    },
  });
  return { baseURL: provider.baseURL, apiKey, fileId, close: provider.close };
}
