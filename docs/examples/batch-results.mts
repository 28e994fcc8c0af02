// Reads the results of a batch: one row for each request, in the same shape whichever provider ran the batch.
import { type BatchUsage, batchRows } from 'express-file-content';

/** OpenAI's SDK, or anything else that downloads a file. */
export interface Client {
  readonly files: { content(fileId: string): PromiseLike<Response> };
}

export interface Results {
  readonly bodies: Map<string | null, unknown>;
  readonly failures: string[];
  readonly usage: BatchUsage | undefined;
}

export async function readResults(client: Client, outputFileId: string): Promise<Results> {
  const bodies = new Map<string | null, unknown>();
  const failures: string[] = [];
  let usage: BatchUsage | undefined;
  const rows = batchRows(await client.files.content(outputFileId), {
    onUsage: (counted) => {
      usage = counted;
    },
  });
  for await (const { line, customId, body, error } of rows) {
    if (error === null) bodies.set(customId, body);
    else failures.push(`line ${line}, ${customId}: ${error.code}`);
  }
  return { bodies, failures, usage };
}
