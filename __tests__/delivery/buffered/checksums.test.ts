import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { bedrock, type LocatedProvider, openaiCompatible, s3 } from '../../../lib';
import { Crc32c, Crc64Nvme } from '../../../lib/delivery/buffered/crc';
import type { FakeProvider } from '../../../lib/testing/index';
import { startContentProvider } from '../../support/content-provider';
import { type Gateway, startGateway } from '../../support/gateway';

const CONTENT = Buffer.alloc(300_000, '{"a":1}\n');
const AWS = { region: 'eu-central-1', bucket: 'b', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };

function crcOf(crc: Crc32c | Crc64Nvme): string {
  crc.update(CONTENT);
  return crc.digest().toString('base64');
}

function crc32Of(): string {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(CONTENT));
  return digest.toString('base64');
}

const CHECKSUMS = {
  crc32: crc32Of(),
  crc32c: crcOf(new Crc32c()),
  crc64nvme: crcOf(new Crc64Nvme()),
  sha1: createHash('sha1').update(CONTENT).digest('base64'),
  sha256: createHash('sha256').update(CONTENT).digest('base64'),
};

let store: FakeProvider;
let gateway: Gateway;
let resolved: { provider: LocatedProvider; fileId: string; delivery?: 'buffer' | 'stream' };

beforeAll(async () => {
  store = await startContentProvider();
  gateway = await startGateway({ resolveProvider: () => resolved, buffer: { retries: 1 } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});
beforeEach(() => {
  gateway.log.clear();
  store.clear();
  resolved = { provider: s3({ ...AWS, baseURL: store.origin }), fileId: 'k', delivery: 'buffer' };
});

/** Gives the bodies one after the other, the last for ever, always with the same headers. */
function give(headers: Record<string, string>, ...bodies: readonly Buffer[]): void {
  store.respond = (_request, response) => {
    const body = bodies[Math.min(store.requests.length, bodies.length) - 1];
    response.writeHead(200, { 'content-length': String(body?.length), ...headers }).end(body);
  };
}

/** Compared by Buffer's own means: Jest would look at each of the bytes. */
async function expectContent(content: Buffer = CONTENT): Promise<void> {
  const { status, body } = await download();
  expect([status, body.equals(content)]).toEqual([200, true]);
}

function corrupt(): Buffer {
  const bytes = Buffer.from(CONTENT);
  bytes[150_000] = 0;
  return bytes;
}

async function download(method = 'GET'): Promise<{ status: number; body: Buffer }> {
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { method });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

describe.each(Object.entries(CHECKSUMS))('%s', (algorithm, checksum) => {
  const headers = { [`x-amz-checksum-${algorithm}`]: checksum, 'x-amz-checksum-type': 'FULL_OBJECT' };

  it('that matches lets the file pass', async () => {
    give(headers, CONTENT);
    await expectContent();
    expect(store.requests[0]?.headers['x-amz-checksum-mode']).toBe('ENABLED');
  });

  it('without its padding lets it pass, too', async () => {
    give({ ...headers, [`x-amz-checksum-${algorithm}`]: checksum.replace(/=+$/, '') }, CONTENT);
    await expectContent();
  });

  it('of another content has it fetched once more', async () => {
    give(headers, corrupt(), CONTENT);
    await expectContent();
    expect(gateway.records[0]).toMatchObject({ outcome: 'completed', attempts: 2 });
  });

  it('of another content keeps it from the client', async () => {
    give(headers, corrupt());
    const { status, body } = await download();
    expect([status, JSON.parse(body.toString())]).toMatchObject([
      502,
      { error: { code: 'provider_invalid_response' } },
    ]);
    expect(gateway.records[0]).toMatchObject({ outcome: 'upstream_invalid', attempts: 2, complete: 'no' });
    expect(gateway.records[0]?.error?.cause?.message).toContain(`x-amz-checksum-${algorithm}`);
  });
});

it('is of the bytes that the store sent, and not of what they are converted into', async () => {
  const headers = { 'x-amz-checksum-crc32': CHECKSUMS.crc32 };
  const provider = bedrock({ ...AWS, baseURL: store.origin, batchOutput: 'openai', batchDelivery: 'buffer' });
  resolved = { provider, fileId: 'k' };
  give(headers, CONTENT);
  expect((await download()).status).toBe(200);
  store.clear();
  give(headers, corrupt());
  expect((await download()).status).toBe(502);
});

it.each([
  ['of the parts’ checksums', { 'x-amz-checksum-sha256': `${CHECKSUMS.sha1}-3` }],
  ['of the parts’ checksums, by its type', { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'COMPOSITE' }],
  ['of no known kind', { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' }],
  ['that is none', { 'x-amz-checksum-crc32': 'AAAA', 'x-amz-checksum-sha1': '' }],
])('a checksum %s is not checked', async (_what, headers) => {
  give(headers, CONTENT);
  await expectContent();
});

it('an empty file has a checksum, too', async () => {
  give({ 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }, Buffer.alloc(0));
  expect((await download()).status).toBe(200);
  give({ 'x-amz-checksum-crc64nvme': CHECKSUMS.crc64nvme }, Buffer.alloc(0));
  expect((await download()).status).toBe(502);
});

it('HEAD has a checksum and nothing to hold against it', async () => {
  give({ 'x-amz-checksum-crc32': CHECKSUMS.crc32 }, CONTENT);
  expect((await download('HEAD')).status).toBe(200);
});

it('counts for any provider that gives it', async () => {
  const provider = openaiCompatible({ name: 'own', baseURL: store.origin });
  resolved = { provider, fileId: 'k', delivery: 'buffer' };
  give({ 'x-amz-checksum-crc32': CHECKSUMS.crc32 }, corrupt());
  expect((await download()).status).toBe(502);
});

it('streaming delivery has sent the body before its checksum is known', async () => {
  resolved = { ...resolved, delivery: 'stream' };
  give({ 'x-amz-checksum-crc32': CHECKSUMS.crc32 }, corrupt());
  await expectContent(corrupt());
});
