// Opens files without a client: saves one to the disk, copies one into a bucket, reads the rows of a batch.
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { batchRows, type FileContent, type OpenTarget } from 'express-file-content';

export async function saveFile(files: FileContent, target: OpenTarget, path: string): Promise<void> {
  const file = await files.open(target);
  await pipeline(file.body, createWriteStream(`${path}.part`));
  // Only a whole file gets its name.
  await rename(`${path}.part`, path);
}

export async function copyToS3(
  files: FileContent,
  target: OpenTarget,
  client: S3Client,
  place: { readonly Bucket: string; readonly Key: string },
): Promise<void> {
  const file = await files.open(target);
  try {
    const { body, contentLength, contentType } = file;
    // The SDK does not notice that a body has failed.
    const failed = new AbortController();
    body.once('error', (error) => failed.abort(error));
    await client.send(
      new PutObjectCommand({ ...place, Body: body, ContentLength: contentLength, ContentType: contentType }),
      { abortSignal: failed.signal },
    );
  } finally {
    // If S3 refused the request, nobody has read the body.
    file.body.destroy();
  }
}

export async function failedRequests(files: FileContent, target: OpenTarget): Promise<string[]> {
  const failed: string[] = [];
  for await (const row of batchRows(await files.open(target))) {
    if (row.error !== null) failed.push(`line ${row.line}, ${row.customId}: ${row.error.code}`);
  }
  return failed;
}
