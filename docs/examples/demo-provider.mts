import { fakeProvider, generatedFile } from 'express-file-content/testing';

const SIZE = 68_156_820;

export interface DemoProvider {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly fileId: string;
  /** The same file; its first downloads are cut off. */
  readonly cutFileId: string;
  close(): Promise<void>;
}

/**
 * A provider with one file, as large as those that batches and fine-tuning give back. There it is under two ids.
 *
 * @param cuts how often a download of the second one is cut off
 */
export async function startDemoProvider(cuts = 0): Promise<DemoProvider> {
  const apiKey = 'sk-the-gateways-own-key';
  const fileId = 'file-demo';
  const cutFileId = 'file-demo-cut';
  const file = generatedFile(SIZE, {
    filename: 'batch_output.jsonl',
    headers: { etag: '"demo"', 'last-modified': 'Sat, 03 Jan 2026 10:00:00 GMT', 'cache-control': 'no-store' },
  });
  const provider = await fakeProvider({
    apiKey,
    files: {
      [fileId]: file,
      [cutFileId]: { ...file, fault: { kind: 'cut', afterBytes: Math.floor(SIZE / 5), by: 'fin', times: cuts } },
    },
  });
  return { baseURL: provider.baseURL, apiKey, fileId, cutFileId, close: provider.close };
}
