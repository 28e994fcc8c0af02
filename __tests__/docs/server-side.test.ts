import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { patternBytes } from '../support/download';
import { s3Client, startS3 } from '../support/object-stores';
import { type Opening, startOpening } from '../support/opening';
import { answer } from '../support/raw-provider';
import { temporaryDirectory } from '../support/temporary-directory';

const docs = join(__dirname, '../../docs');

type Example = typeof import('../../docs/examples/server-side.mjs');
const { saveFile, copyToS3, failedRequests }: Example = jest.requireActual(join(docs, 'examples/server-side.mts'));

const CONTENT = patternBytes(1_500_000);

/** What a target for `open()` needs; the rest is the rig's. */
function filesOf(opening: Opening): Parameters<Example['saveFile']>[0] {
  return { ...opening.files, router: opening.files.router, open: (target) => opening.open(target) };
}

test('the examples of the guide are those of its program', () => {
  const guide = readFileSync(join(docs, 'guides/server-side.md'), 'utf8');
  const unindent = (text: string): string => text.replace(/^ +/gm, '');
  const program = unindent(readFileSync(join(docs, 'examples/server-side.mts'), 'utf8'));
  const fences = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].slice(1).map(([, fence = '']) => unindent(fence));
  expect(fences).toHaveLength(3);
  for (const fence of fences) expect(program).toContain(fence);
});

test('a file is saved whole or not under its name', async () => {
  const directory = await temporaryDirectory('server-side');
  await using opening = await startOpening(async ({ send, fin, head }) => {
    const bytes = answer(CONTENT);
    await send(head.includes('whole') ? bytes : bytes.subarray(0, 700_000));
    fin();
  });
  const [whole, cut] = [join(directory, 'whole'), join(directory, 'cut')];
  const target = { fileId: 'file-whole' } as Parameters<Example['saveFile']>[1];
  await saveFile(filesOf(opening), target, whole);
  expect(readFileSync(whole).equals(CONTENT)).toBe(true);
  await expect(saveFile(filesOf(opening), { ...target, fileId: 'file-cut' }, cut)).rejects.toMatchObject({
    code: 'provider_invalid_response',
  });
  expect(existsSync(cut)).toBe(false);
  await rm(directory, { recursive: true });
});

test('a file is copied into a bucket, and one that breaks off is an error', async () => {
  await using store = await startS3('results');
  const client = s3Client(store, { maxAttempts: 1 });
  await using opening = await startOpening(async ({ send, fin, head }) => {
    const bytes = answer(CONTENT, ['Content-Type: text/csv']);
    await send(head.includes('whole') ? bytes : bytes.subarray(0, 700_000));
    fin();
  });
  const target = { fileId: 'file-whole' } as Parameters<Example['copyToS3']>[1];
  await copyToS3(filesOf(opening), target, client, { Bucket: 'results', Key: 'whole' });
  const stored = await client.send(new GetObjectCommand({ Bucket: 'results', Key: 'whole' }));
  expect(stored.ContentType).toBe('text/csv');
  expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? []).equals(CONTENT)).toBe(true);
  // S3 drops an upload that breaks off; the server of this test does not, so its bucket proves nothing.
  const cut = { Bucket: 'results', Key: 'cut' };
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  await expect(copyToS3(filesOf(opening), { ...target, fileId: 'file-cut' }, client, cut)).rejects.toThrow();
  expect(warned).toHaveBeenCalled();
  warned.mockRestore();
  client.destroy();
});

test('the failed rows of a batch are listed', async () => {
  const rows = [
    { custom_id: 'a', response: { status_code: 200, body: {} }, error: null },
    { custom_id: 'b', response: null, error: { code: 'batch_expired', message: 'Late.' } },
  ];
  await using opening = await startOpening(({ send }) =>
    send(answer(rows.map((row) => JSON.stringify(row)).join('\n'))),
  );
  const target = { fileId: 'file-1' } as Parameters<Example['failedRequests']>[1];
  expect(await failedRequests(filesOf(opening), target)).toEqual(['line 2, b: batch_expired']);
});
