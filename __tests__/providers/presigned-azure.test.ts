import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { azureStorage, type Resolution } from '../../lib';
import { type Gateway, startGateway } from '../support/gateway';
import { presign } from '../support/locate-request';
import { AZURITE_ACCOUNT, AZURITE_KEY, type ObjectStore, startAzurite } from '../support/object-stores';

const CONTAINER = 'results';
const BLOB = 'job 1/out+(é).jsonl';

let store: ObjectStore;
let gateway: Gateway;
let resolution: Partial<Resolution> = {};

const here = () => ({
  account: AZURITE_ACCOUNT,
  baseURL: `${store.origin}/${AZURITE_ACCOUNT}`,
  container: CONTAINER,
  accountKey: AZURITE_KEY,
});

beforeAll(async () => {
  store = await startAzurite();
  const provider = azureStorage(here());
  gateway = await startGateway({
    resolveProvider: () => ({ provider, fileId: BLOB, delivery: 'redirect', ...resolution }),
  });
  const service = new BlobServiceClient(
    `${store.origin}/${AZURITE_ACCOUNT}`,
    new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY),
  );
  const container = service.getContainerClient(CONTAINER);
  await container.create();
  await container
    .getBlockBlobClient(BLOB)
    .uploadData(Buffer.from('content'), { blobHTTPHeaders: { blobContentType: 'text/html' } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

function download(options: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.origin}/v1/files/file-1/content`, options);
}

it('the emulator takes the URL, with the name and the type that were signed', async () => {
  resolution = { filename: 'Übersicht.txt', contentType: 'from-name', disposition: 'inline' };
  const response = await download();
  expect([response.status, response.redirected, await response.text()]).toEqual([200, true, 'content']);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(response.headers.get('content-disposition')).toBe(
    `inline; filename="_bersicht.txt"; filename*=UTF-8''%C3%9Cbersicht.txt`,
  );
});

it('a blob of an uploader’s type is an attachment', async () => {
  resolution = {};
  const response = await download();
  expect(response.headers.get('content-type')).toBe('text/html');
  expect(response.headers.get('content-disposition')).toBe('attachment');
});

it('HEAD and a Range are taken as well', async () => {
  resolution = {};
  const head = await download({ method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '7']);
  const part = await download({ headers: { range: 'bytes=2-4' } });
  expect([part.status, await part.text()]).toEqual([206, 'nte']);
});

it('a changed URL is refused, and a URL expires', async () => {
  const { url } = await presign(azureStorage(here()), { fileId: BLOB, expiresInSeconds: 30 });
  const query = new URL(url).searchParams;
  const left = Date.parse(query.get('se') ?? '') - Date.now();
  expect(left).toBeGreaterThan(20_000);
  expect(left).toBeLessThanOrEqual(31_000);
  expect([query.get('sp'), query.get('sr')]).toEqual(['r', 'b']);
  expect(String(url)).not.toContain(encodeURIComponent(AZURITE_KEY));
  const changed = new URL(url);
  changed.searchParams.set('rscd', 'inline');
  expect((await fetch(changed)).status).toBe(403);
});

it.each([
  ['a signature that was given', { sas: 'sv=1&sig=x' }],
  ['a token', { token: 'entra' }],
])('%s is handed to no client', (_what, credential) => {
  const { accountKey: _key, ...rest } = here();
  expect(azureStorage({ ...rest, ...credential })).not.toHaveProperty('presign');
});
