import { PutObjectCommand } from '@aws-sdk/client-s3';
import { bedrock, type LocatedProvider, s3 } from '../../lib';
import { type Gateway, startGateway } from '../support/gateway';
import { type ObjectStore, S3_CREDENTIALS, s3Client, startS3 } from '../support/object-stores';
import { LARGEST, STORED_CONTENTS, sha256 } from '../support/stored-content';

const BUCKET = 'results';
const REGION = 'eu-central-1';

let store: ObjectStore;
let gateway: Gateway;
let resolved: { provider: LocatedProvider; fileId: string };

beforeAll(async () => {
  store = await startS3(BUCKET);
  gateway = await startGateway({ resolveProvider: () => resolved });
  const client = s3Client(store, { region: REGION });
  for (const { key, bytes } of STORED_CONTENTS) {
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytes, ContentType: 'application/jsonl' }),
    );
  }
  client.destroy();
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

function download(headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(`${gateway.origin}/v1/files/file-1/content`, { headers, method });
}

const PROVIDERS = [
  [
    's3',
    (key: string) => key,
    () => s3({ region: REGION, bucket: BUCKET, baseURL: store.origin, credentials: S3_CREDENTIALS }),
  ],
  [
    'bedrock',
    (key: string) => `s3://${BUCKET}/${key}`,
    () => bedrock({ region: REGION, baseURL: store.origin, credentials: async () => S3_CREDENTIALS }),
  ],
] as const;

describe.each(PROVIDERS)('%s, from a server that verifies signatures', (_name, idOf, make) => {
  it.each(STORED_CONTENTS)('gives the bytes that the SDK stored as $key', async ({ key, bytes }) => {
    resolved = { provider: make(), fileId: idOf(key) };
    const response = await download();
    const received = Buffer.from(await response.arrayBuffer());
    expect([response.status, received.length, sha256(received)]).toEqual([200, bytes.length, sha256(bytes)]);
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    expect(response.headers.get('content-type')).toBe('application/jsonl');
  });

  // A suffix range is not among them: this server reads it as one from the start.
  it.each([
    ['bytes=5-1048580', 5, 1_048_581],
    ['bytes=8388600-', 8_388_600, 8_388_608],
  ])('gives %s', async (range, start, end) => {
    resolved = { provider: make(), fileId: idOf(LARGEST.key) };
    const response = await download({ range });
    const received = Buffer.from(await response.arrayBuffer());
    expect([response.status, sha256(received)]).toEqual([206, sha256(LARGEST.bytes.subarray(start, end))]);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${LARGEST.bytes.length}`);
  });

  it('responds to HEAD and conditional requests, which are signed too', async () => {
    resolved = { provider: make(), fileId: idOf(LARGEST.key) };
    const head = await download({}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(LARGEST.bytes.length)]);
    const unchanged = await download({ 'if-none-match': head.headers.get('etag') ?? '' });
    expect(unchanged.status).toBe(304);
  });
});

it('a signature by another secret is refused by the store, which the client does not hear as a 403', async () => {
  const credentials = { ...S3_CREDENTIALS, secretAccessKey: 'another' };
  resolved = {
    provider: s3({ region: REGION, bucket: BUCKET, baseURL: store.origin, credentials }),
    fileId: LARGEST.key,
  };
  const response = await download();
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { code: 'provider_auth_failed' } });
  expect(gateway.records.at(-1)).toMatchObject({ upstreamStatus: 403, upstreamCode: 'SignatureDoesNotMatch' });
});

it('a key that is not there is a 404', async () => {
  resolved = {
    provider: s3({ region: REGION, bucket: BUCKET, baseURL: store.origin, credentials: S3_CREDENTIALS }),
    fileId: 'none',
  };
  const response = await download();
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 'file_not_found' } });
});

it('a bucket that is not there is the gateway’s to mend, unless the file id names it', async () => {
  const options = { region: REGION, baseURL: store.origin, credentials: S3_CREDENTIALS };
  resolved = { provider: s3({ ...options, bucket: 'nowhere' }), fileId: 'k' };
  expect((await download()).status).toBe(500);
  expect(gateway.records.at(-1)).toMatchObject({ error: { code: 'resolver_failed' }, upstreamCode: 'NoSuchBucket' });
  resolved = { provider: s3(options), fileId: 's3://nowhere/k' };
  expect((await download()).status).toBe(404);
});
