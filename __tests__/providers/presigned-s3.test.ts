import { createHash, createHmac } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { bedrock, type LocatedProvider, type Resolution, s3 } from '../../lib';
import { type Gateway, startGateway } from '../support/gateway';
import { presign } from '../support/locate-request';
import { type ObjectStore, S3_CREDENTIALS, s3Client, startS3 } from '../support/object-stores';

const BUCKET = 'results';
const KEY = 'job 1/out+(é).jsonl';

let store: ObjectStore;
let gateway: Gateway;
let resolution: Partial<Resolution> & { provider: LocatedProvider };

const here = () => ({ region: 'eu-central-1', bucket: BUCKET, baseURL: store.origin, credentials: S3_CREDENTIALS });

beforeAll(async () => {
  store = await startS3(BUCKET);
  gateway = await startGateway({ resolveProvider: () => ({ fileId: KEY, delivery: 'redirect', ...resolution }) });
  const client = s3Client(store);
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: 'content', ContentType: 'text/html' }));
  client.destroy();
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

function download(options: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.origin}/v1/files/file-1/content`, options);
}

it.each([
  ['s3', () => s3(here())],
  ['s3 with a function for a credential', () => s3({ ...here(), credentials: async () => S3_CREDENTIALS })],
  ['bedrock', () => bedrock(here())],
] as const)('a server that verifies signatures takes the URL of %s', async (_name, make) => {
  resolution = { provider: make(), filename: 'report 1.txt', contentType: 'from-name', disposition: 'inline' };
  const response = await download();
  expect([response.status, response.redirected, await response.text()]).toEqual([200, true, 'content']);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(response.headers.get('content-disposition')).toBe('inline; filename="report 1.txt"');
});

it('an object of an uploader’s type is an attachment', async () => {
  resolution = { provider: s3(here()), disposition: 'inline' };
  const response = await download();
  expect(response.headers.get('content-type')).toBe('text/html');
  expect(response.headers.get('content-disposition')).toBe('attachment');
});

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/**
 * The signature of a URL by the published algorithm. The server of these tests encodes quotes and asterisks of a query
 * otherwise than S3 does.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
function signatureOf(url: URL, method: string): string {
  const query = url.search.slice(1).split('&');
  const rest = query.filter((parameter) => !parameter.startsWith('X-Amz-Signature=')).sort();
  const canonical = [method, url.pathname, rest.join('&'), `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'];
  const digest = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const time = url.searchParams.get('X-Amz-Date') ?? '';
  const scope = [time.slice(0, 8), 'eu-central-1', 's3', 'aws4_request'];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${S3_CREDENTIALS.secretAccessKey}`);
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')).toString('hex');
}

it.each(['GET', 'HEAD'] as const)('a name in any script is signed as S3 encodes it (%s)', async (method) => {
  const signed = await presign(s3(here()), { method, fileId: KEY, filename: "Übersicht (1)*'.txt" });
  const url = new URL(signed.url);
  expect(url.searchParams.get('response-content-disposition')).toBe(
    `attachment; filename="_bersicht (1)_'.txt"; filename*=UTF-8''%C3%9Cbersicht%20%281%29_%27.txt`,
  );
  expect(url.search).toContain('%27%27%25C3%259Cbersicht');
  expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, method));
});

it('HEAD and a Range are taken as well', async () => {
  resolution = { provider: s3(here()) };
  const head = await download({ method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '7']);
  const part = await download({ headers: { range: 'bytes=2-4' } });
  expect([part.status, await part.text()]).toEqual([206, 'nte']);
});

it('a changed URL is refused', async () => {
  const { url } = await presign(s3(here()), { fileId: KEY, filename: 'a.txt' });
  expect((await fetch(url)).status).toBe(200);
  for (const [name, value] of [
    ['response-content-disposition', 'inline'],
    ['response-content-type', 'text/html'],
    ['X-Amz-Expires', '6000'],
  ] as const) {
    const changed = new URL(url);
    changed.searchParams.set(name, value);
    expect([name, (await fetch(changed)).status]).toEqual([name, 403]);
  }
  expect((await fetch(new URL(String(url).replace('out', 'other')))).status).toBe(403);
});

it('holds the signature, and no secret', async () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI', sessionToken: 'session/token+=' };
  const provider = s3({
    ...here(),
    credentials,
    requesterPays: true,
    versionId: 'v 1',
    expectedBucketOwner: '123456789012',
  });
  const { url } = await presign(provider, { fileId: KEY, expiresInSeconds: 7 });
  expect(String(url)).not.toContain('wJalr');
  const query = Object.fromEntries(new URL(url).searchParams);
  expect(query).toEqual({
    versionId: 'v 1',
    'response-content-disposition': 'attachment',
    'x-amz-request-payer': 'requester',
    'x-amz-expected-bucket-owner': '123456789012',
    'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
    'X-Amz-Security-Token': 'session/token+=',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': expect.stringMatching(/^AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request$/),
    'X-Amz-Date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
    'X-Amz-Expires': '7',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it('is not there where the client would need the customer’s key', () => {
  expect(s3({ ...here(), customerKey: new Uint8Array(32) })).not.toHaveProperty('presign');
  expect(s3(here())).toHaveProperty('presign');
});

it('does not exist for converted batch output', async () => {
  resolution = { provider: bedrock({ ...here(), batchOutput: 'openai' }) };
  expect((await download()).status).toBe(500);
});
