import { Readable } from 'node:stream';
import { batchRows, isFileContentError, openaiCompatible, streamProvider } from '../../lib/index';
import { breakingFile } from '../support/breaking-provider';
import { patternBytes } from '../support/download';
import { eventually } from '../support/leaks';
import { bytesOf, startOpening } from '../support/opening';
import { answer } from '../support/raw-provider';

describe('a file that a function opens', () => {
  it('is read as it comes, and closed where its reader leaves', async () => {
    await using opening = await startOpening(() => undefined);
    const content = patternBytes(1_000_000);
    const sources: Readable[] = [];
    const provider = streamProvider({
      name: 'database',
      openContent: ({ range }) => {
        const body = Readable.from(
          chunksOf(content.subarray(range?.start ?? 0, (range?.end ?? content.length - 1) + 1)),
        );
        sources.push(body);
        if (range === undefined) return { body, contentLength: content.length, contentType: 'text/csv', etag: '"1"' };
        const { start, end = content.length - 1 } = range;
        return { body, contentLength: end - start + 1, range: { start, end, total: content.length } };
      },
    });
    const file = await opening.open({ provider });
    expect(file).toMatchObject({ status: 200, contentLength: content.length, contentType: 'text/csv', etag: '"1"' });
    expect((await bytesOf(file)).equals(content)).toBe(true);
    expect(await file.record).toMatchObject({ via: 'function', delivery: 'stream', outcome: 'completed' });
    const part = await opening.open({ provider, range: { start: 10, end: 19 } });
    expect([part.status, (await bytesOf(part)).equals(content.subarray(10, 20))]).toEqual([206, true]);
    const left = await opening.open({ provider });
    left.body.destroy();
    expect(await left.record).toMatchObject({ outcome: 'client_aborted' });
    await eventually('the source is closed', () => sources.every(({ destroyed }) => destroyed));
  });

  it('fails where the function does', async () => {
    await using opening = await startOpening(() => undefined);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('hello');
      throw new Error('the cursor is gone');
    }
    const provider = streamProvider({ name: 'database', openContent: () => ({ body: broken() }) });
    const file = await opening.open({ provider });
    await expect(bytesOf(file)).rejects.toMatchObject({ code: 'provider_invalid_response' });
    expect(await file.record).toMatchObject({ outcome: 'upstream_truncated', bytesSent: 5 });
    const refusing = streamProvider({
      name: 'database',
      openContent: () => Promise.reject(new Error('no such table')),
    });
    await expect(opening.open({ provider: refusing })).rejects.toMatchObject({ code: 'provider_error' });
  });
});

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}

describe('the rows of a batch', () => {
  const row = (id: number): string =>
    JSON.stringify({ custom_id: `r-${id}`, response: { status_code: 200, body: { model: 'm' } }, error: null });
  const rows = Array.from({ length: 2_000 }, (_, id) => row(id)).join('\n');

  it('are read from an opened file', async () => {
    await using opening = await startOpening(({ send }) => send(answer(rows)));
    const file = await opening.open();
    const ids: (string | null)[] = [];
    for await (const { customId } of batchRows(file)) ids.push(customId);
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([2_000, 'r-0', 'r-1999']);
    expect(await file.record).toMatchObject({ outcome: 'completed', bytesSent: rows.length });
  });

  it('of a file that breaks off end with an error, and leaving them cancels the request', async () => {
    await using opening = await startOpening(async ({ send, fin, index }) => {
      await send(`HTTP/1.1 200 OK\r\nContent-Length: ${rows.length}\r\n\r\n${rows.slice(0, 100_000)}`);
      if (index === 0) fin();
    });
    let read = 0;
    const all = (async () => {
      for await (const _row of batchRows(await opening.open())) read += 1;
    })();
    await expect(all).rejects.toMatchObject({ code: 'provider_invalid_response' });
    expect(read).toBeGreaterThan(0);
    const file = await opening.open();
    for await (const _row of batchRows(file)) break;
    expect(await file.record).toMatchObject({ outcome: 'client_aborted' });
    await opening.provider.connections[1]?.closed;
  });
});

it('a file that breaks off is resumed, and its reader sees one body', async () => {
  const content = patternBytes(400_000);
  await using opening = await startOpening(breakingFile({ content, cuts: [100_000, 150_000] }));
  const file = await opening.open();
  expect((await bytesOf(file)).equals(content)).toBe(true);
  expect(await file.record).toMatchObject({ outcome: 'completed', resumes: 2, bytesSent: content.length });
});

it('where that is not allowed, the body fails', async () => {
  await using opening = await startOpening(breakingFile({ content: patternBytes(400_000), cuts: [100_000] }));
  const provider = openaiCompatible({ name: 'held', baseURL: opening.provider.origin });
  const file = await opening.open({ provider, resume: { mode: 'off' } });
  const error: unknown = await bytesOf(file).catch((reason: unknown) => reason);
  expect(isFileContentError(error)).toBe(true);
  expect(await file.record).toMatchObject({ outcome: 'upstream_truncated', resumes: 0 });
});
