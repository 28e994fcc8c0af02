import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { bedrock, type LocatedProvider, vertexAI } from '../../../lib';
import { serve } from '../../support/local-server';
import { locate, locateRequest } from '../../support/locate-request';
import { type ObjectStore, S3_CREDENTIALS, s3Client, startS3 } from '../../support/object-stores';
import { openContent, textOf } from '../../support/opened-rows';

const BUCKET = 'results';
const SIGNED = { disposition: 'attachment', expiresInSeconds: 60 } as const;

describe("a job's folder at a server that verifies signatures", () => {
  const OBJECTS: Readonly<Record<string, string>> = {
    'out/one/input.jsonl.out': '{"recordId":"1"}\n',
    'out/one/manifest.json.out': '{"totalRecordCount":1}',
    'out/one/deeper/other.jsonl.out': 'not of this job',
    'out/two jobs+é/b.jsonl.out': 'b',
    'out/two jobs+é/a (1).jsonl.out': 'a\n',
    'out/two jobs+é/manifest.json.out': '{}',
    'out/two jobs+é/c.jsonl.out': 'c\n',
    'out/none/manifest.json.out': '{}',
  };
  let store: ObjectStore;

  beforeAll(async () => {
    store = await startS3(BUCKET);
    const client = s3Client(store, { region: 'us-east-1' });
    for (const [Key, Body] of Object.entries(OBJECTS))
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
    client.destroy();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const provider = (more: object = {}): LocatedProvider =>
    bedrock({ region: 'us-east-1', baseURL: store.origin, credentials: S3_CREDENTIALS, ...more });

  it.each([
    ['files', `s3://${BUCKET}/out/one/`, {}],
    ['batches', `s3://${BUCKET}/out/one`, {}],
    ['batches', 'one', { bucket: BUCKET, prefix: 'out' }],
  ] as const)('with one output is that object (%s, %s)', async (resource, fileId, options) => {
    const { signal } = new AbortController();
    expect(await openContent(provider(options), { resource, fileId, signal })).toBeUndefined();
    const located = await locate(provider(options), { resource, fileId, signal });
    expect(new URL(located.url).pathname).toBe(`/${BUCKET}/out/one/input.jsonl.out`);
    const response = await fetch(located.url, { headers: located.headers ?? {} });
    expect(await response.text()).toBe('{"recordId":"1"}\n');
  });

  it('with several is all of them in order, each on lines of its own, without the manifest', async () => {
    const opened = await openContent(provider(), { fileId: `s3://${BUCKET}/out/two jobs+é/` });
    expect(opened?.contentType).toBe('application/jsonl');
    // A line feed is added behind the second.
    expect(opened?.contentLength).toBe(6);
    expect(await textOf(opened)).toBe('a\nb\nc\n');
  });

  it('with one output is a redirect to that object', async () => {
    const { signal } = new AbortController();
    const request = { ...locateRequest({ fileId: `s3://${BUCKET}/out/one/`, signal }), ...SIGNED };
    const presigned = await provider().presign?.(request);
    const response = await fetch(presigned?.url ?? '');
    expect(await response.text()).toBe('{"recordId":"1"}\n');
  });

  it('with several cannot be redirected to, and the error says what to write', async () => {
    const request = { ...locateRequest({ fileId: `s3://${BUCKET}/out/two jobs+é/` }), ...SIGNED };
    await expect(async () => await provider().presign?.(request)).rejects.toMatchObject({
      code: 'resolver_failed',
      cause: expect.objectContaining({ message: expect.stringContaining('leave "delivery" out') }),
    });
  });

  it.each(['out/none/', 'out/missing/'])('without an output is not found: %s', async (folder) => {
    await expect(openContent(provider(), { fileId: `s3://${BUCKET}/${folder}` })).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });

  it.each([
    ['outside of the prefix', `s3://${BUCKET}/other/`, 'file_not_found'],
    ['that climbs', `s3://${BUCKET}/out/../other/`, 'invalid_file_id'],
  ])('%s is not listed', async (_what, fileId, code) => {
    await expect(openContent(provider({ bucket: BUCKET, prefix: 'out' }), { fileId })).rejects.toMatchObject({ code });
  });

  it('is not one for an id without a trailing slash', async () => {
    expect(await openContent(provider(), { fileId: `s3://${BUCKET}/out/one` })).toBeUndefined();
  });

  it('that may not be listed is refused', async () => {
    const wrong = provider({ credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'wrong' } });
    await expect(openContent(wrong, { fileId: `s3://${BUCKET}/out/one/` })).rejects.toMatchObject({
      code: 'provider_auth_failed',
    });
  });
});

const SHARDS = 12;
const shardOf = (index: number, total: number): string =>
  `predictions.jsonl-${String(index).padStart(5, '0')}-of-${String(total).padStart(5, '0')}`;
const shard = (index: number): string => shardOf(index, SHARDS);
const content = (index: number): string => `{"shard":${index}}\n`.repeat(1000);

/** Cloud Storage with the shards of a job, which it lists in pages of five and in no order. */
async function storage(
  change: {
    hasRanges?: boolean;
    names?: string[];
    size?: (name: string) => number;
    media?: (name: string, req: IncomingMessage, res: ServerResponse) => boolean;
  } = {},
) {
  const { names = Array.from({ length: SHARDS }, (_, index) => shard((index * 7) % SHARDS)) } = change;
  const { media = () => false, hasRanges = true } = change;
  const all = ['errors.jsonl-00000-of-00001', ...names];
  const asked: string[] = [];
  const text = (name: string): string => content(Number(/-(\d+)-of/.exec(name)?.[1] ?? 0));
  const { size = (name) => text(name).length } = change;
  const server = await serve((req, res) => {
    const url = new URL(req.url ?? '', 'http://x');
    asked.push(`${url.pathname}${url.search} ${req.headers.authorization} ${req.headers.range ?? ''}`.trim());
    const name = decodeURIComponent(url.pathname).replace('/storage/v1/b/bucket/o/job/', '');
    if (url.searchParams.has('alt')) {
      if (media(name, req, res)) return;
      if (req.headers.range === undefined) res.end(text(name));
      else if (hasRanges) res.writeHead(206).end(text(name).slice(-1));
      else res.end(text(name));
      return;
    }
    const start = Number(url.searchParams.get('pageToken') ?? 0);
    const items = all.slice(start, start + 5).map((item) => ({ name: `job/${item}`, size: String(size(item)) }));
    res.end(JSON.stringify({ items, ...(start + 5 < all.length && { nextPageToken: String(start + 5) }) }));
  });
  return { ...server, asked, provider: vertexAI({ accessToken: 't', baseURL: server.origin }) };
}

describe("the shards of Vertex AI's predictions", () => {
  const FOLDER = { fileId: 'gs://bucket/job/' };

  it('are joined by their numbers, from all pages of the listing', async () => {
    await using server = await storage();
    const whole = await textOf(await openContent(server.provider, FOLDER));
    expect(whole).toBe(Array.from({ length: SHARDS }, (_, index) => content(index)).join(''));
    expect(server.asked[0]).toBe(
      '/storage/v1/b/bucket/o?prefix=job%2F&delimiter=%2F&fields=items%28name%2Csize%29%2CnextPageToken&maxResults=500 Bearer t',
    );
    expect(server.asked.filter((url) => url.includes('pageToken='))).toHaveLength(2);
  });

  it('are found where there are thousands, whose names are as long as they may be', async () => {
    await using server = await serve((req, res) => {
      const url = new URL(req.url ?? '', 'http://x');
      const start = Number(url.searchParams.get('pageToken') ?? 0);
      const end = start + Number(url.searchParams.get('maxResults') ?? 1000);
      const items = Array.from({ length: end - start }, (_, index) => ({
        name: `job/${String(start + index).padStart(1016, '0')}.txt`,
        size: '1',
      }));
      // Indented, as Google writes it.
      res.end(JSON.stringify(end < 2000 ? { items, nextPageToken: String(end) } : { items }, null, 2));
    });
    const opening = openContent(vertexAI({ accessToken: 't', baseURL: server.origin }), FOLDER);
    const message = expect.stringContaining('None of the 2000 objects');
    await expect(opening).rejects.toMatchObject({
      code: 'file_not_found',
      cause: expect.objectContaining({ message }),
    });
  });

  it.each([
    [true, content(0).length * 10 + content(10).length * 2],
    [false, undefined],
  ])('have the length of all together where the store has ranges (%s)', async (hasRanges, length) => {
    await using server = await storage({ hasRanges });
    const opened = await openContent(server.provider, FOLDER);
    expect(opened?.contentLength).toBe(length);
    await opened?.body.return();
  });

  it.each([
    ['is missing', Array.from({ length: SHARDS - 1 }, (_, index) => shard(index))],
    [
      'is there twice, of two runs',
      [...Array.from({ length: SHARDS }, (_, index) => shard(index)), 'predictions.jsonl-00000-of-00002'],
    ],
    [
      'set is there twice, of two runs',
      [0, 1, 2].flatMap((index) => [2, 3].filter((total) => index < total).map((total) => shardOf(index, total))),
    ],
    ['is the whole output', [...Array.from({ length: SHARDS }, (_, index) => shard(index)), 'predictions.jsonl']],
  ])('of which one %s are no file', async (_what, names) => {
    await using server = await storage({ names });
    await expect(openContent(server.provider, FOLDER)).rejects.toMatchObject({ code: 'provider_invalid_response' });
  });

  it.each<[string, (res: ServerResponse) => unknown]>([
    ['is cut', (res) => res.writeHead(200, { 'content-length': content(7).length }).write('{', () => res.destroy())],
    ['ends early', (res) => res.writeHead(200).end('{}')],
    ['is longer than it was', (res) => res.end(`${content(7)}{}`)],
    ['is gone', (res) => res.writeHead(404).end()],
    ['is refused', (res) => res.writeHead(500).end()],
  ])('of which one %s break off the whole', async (_what, send) => {
    await using server = await storage({
      media: (name, _req, res) => {
        if (name !== shard(7)) return false;
        send(res);
        return true;
      },
    });
    const seen: Uint8Array[] = [];
    const opened = await openContent(server.provider, FOLDER);
    const reading = (async () => {
      for await (const chunk of opened?.body ?? []) seen.push(chunk);
    })();
    await expect(reading).rejects.toThrow();
    expect(Buffer.concat(seen).toString()).toContain('{"shard":6}');
    expect(Buffer.concat(seen).toString()).not.toContain('{"shard":8}');
  });

  it('end the connection when their reader leaves, and no more are requested', async () => {
    let closed: Promise<unknown> | undefined;
    await using server = await storage({
      media: (_name, _req, res) => {
        closed = once(res, 'close');
        res.writeHead(200).write('{}\n');
        return true;
      },
    });
    const opened = await openContent(server.provider, FOLDER);
    for await (const _chunk of opened?.body ?? []) break;
    await closed;
    expect(server.asked.filter((url) => url.includes('alt=media') && !url.includes('bytes='))).toHaveLength(1);
  });

  it('are an ordinary file if there is only one', async () => {
    await using server = await storage({ names: ['predictions.jsonl'] });
    const { signal } = new AbortController();
    expect(await openContent(server.provider, { ...FOLDER, signal })).toBeUndefined();
    const located = await locate(server.provider, { ...FOLDER, signal });
    expect(new URL(located.url).pathname).toBe('/storage/v1/b/bucket/o/job%2Fpredictions.jsonl');
  });
});
