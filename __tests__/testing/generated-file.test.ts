import { createFileContent, openaiCompatible } from '../../lib';
import { fakeProvider, generatedFile } from '../../lib/testing/index';

const LENGTH = 200_000;

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

test('has the same bytes each time, with a length and a strong entity tag', async () => {
  await using provider = await fakeProvider({ files: { 'file-1': generatedFile(LENGTH, { filename: 'a.bin' }) } });
  const url = `${provider.baseURL}/files/file-1/content`;
  const [one, other] = [await fetch(url), await fetch(url)];
  expect(Object.fromEntries(one.headers)).toMatchObject({
    'content-length': String(LENGTH),
    'content-disposition': 'attachment; filename="a.bin"',
    'accept-ranges': 'bytes',
    etag: `"generated-${LENGTH}"`,
  });
  const bytes = await bytesOf(one);
  expect(bytes).toHaveLength(LENGTH);
  expect(await bytesOf(other)).toEqual(bytes);
  // No two pieces are equal, so that a piece that is lost or sent twice shows.
  expect(bytes.subarray(0, 65_536)).not.toEqual(bytes.subarray(65_536, 131_072));
});

test.each([
  ['bytes=0-0', 0, 1],
  ['bytes=65535-65536', 65_535, 65_537],
  ['bytes=131072-', 131_072, LENGTH],
  ['bytes=-5', LENGTH - 5, LENGTH],
])('serves the range %s', async (range, start, end) => {
  await using provider = await fakeProvider({ files: { 'file-1': generatedFile(LENGTH) } });
  const url = `${provider.baseURL}/files/file-1/content`;
  const whole = await bytesOf(await fetch(url));
  const part = await fetch(url, { headers: { range } });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end - 1}/${LENGTH}`]);
  expect(await bytesOf(part)).toEqual(whole.subarray(start, end));
});

test('may be empty, and has no range then', async () => {
  await using provider = await fakeProvider({ files: { 'file-1': generatedFile(0) } });
  const url = `${provider.baseURL}/files/file-1/content`;
  expect((await bytesOf(await fetch(url))).length).toBe(0);
  expect((await fetch(url, { headers: { range: 'bytes=0-' } })).status).toBe(416);
});

test('a download that is cut off is resumed', async () => {
  const fault = { kind: 'cut', afterBytes: 100_000, by: 'fin', times: 1 } as const;
  await using provider = await fakeProvider({ files: { 'file-1': generatedFile(LENGTH, { fault }) } });
  const files = createFileContent({});
  const opened = await files.open({
    provider: openaiCompatible({ name: 'fake', baseURL: provider.baseURL }),
    fileId: 'file-1',
  });
  const bytes = Buffer.concat(await opened.body.toArray());
  const direct = await bytesOf(await fetch(`${provider.baseURL}/files/file-1/content`));
  expect(bytes.equals(direct)).toBe(true);
  expect(await opened.record).toMatchObject({ outcome: 'completed', resumes: 1 });
  await files.close();
});

test('keeps an entity tag that is given, in any case', () => {
  expect(generatedFile(1, { headers: { ETag: '"own"' } }).headers).toEqual({ ETag: '"own"' });
});

test.each([-1, 1.5, Number.NaN, '7' as never])('throws a TypeError for the length %p', (length) => {
  expect(() => generatedFile(length)).toThrow('generatedFile: "length" must be an integer from 0 to ');
});

test('throws a TypeError for a misspelt option', () => {
  expect(() => generatedFile(1, { fileName: 'a' } as never)).toThrow('Did you mean `filename`?');
});
