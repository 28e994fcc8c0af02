import { Agent } from 'node:https';
import {
  BlobSASPermissions,
  BlobServiceClient,
  type BlobServiceClientOptions,
  type ContainerClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { azureStorage, type LocatedProvider } from '../../lib';
import { makeCertificate } from '../support/certificates';
import { type Gateway, startGateway } from '../support/gateway';
import { AZURITE_ACCOUNT, AZURITE_KEY, type ObjectStore, startAzurite } from '../support/object-stores';
import { LARGEST, STORED_CONTENTS, sha256 } from '../support/stored-content';

const CONTAINER = 'results';
const certificate = makeCertificate();

let store: ObjectStore;
let gateway: Gateway;
let baseURL: string;
let resolved: { provider: LocatedProvider; fileId: string };

beforeAll(async () => {
  store = await startAzurite(certificate);
  baseURL = `${store.origin}/${AZURITE_ACCOUNT}`;
  gateway = await startGateway({
    resolveProvider: () => resolved,
    agents: { https: new Agent({ ca: certificate.cert }) },
  });
  const client = containerClient();
  await client.create();
  for (const { key, bytes } of STORED_CONTENTS) {
    await client
      .getBlockBlobClient(key)
      .uploadData(bytes, { blobHTTPHeaders: { blobContentType: 'application/jsonl' } });
  }
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

function download(headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(`${gateway.origin}/v1/files/file-1/content`, { headers, method });
}

it.each(['accountKey', 'sas', 'token', 'connectionString'] as const)('reads a snapshot with %s', async (how) => {
  const blob = containerClient().getBlockBlobClient(`snapshot-${how}`);
  await blob.uploadData(Buffer.from('before'));
  const { snapshot = '' } = await blob.createSnapshot();
  await blob.uploadData(Buffer.from('after'));
  const credentials = {
    accountKey: { account: AZURITE_ACCOUNT, baseURL, accountKey: AZURITE_KEY },
    // The emulator takes no signature of the container for a snapshot.
    sas: { baseURL, sas: () => sas },
    token: { baseURL, token: () => entraToken('https://storage.azure.com') },
    connectionString: {
      connectionString: `BlobEndpoint=${baseURL};AccountName=${AZURITE_ACCOUNT};AccountKey=${AZURITE_KEY}`,
    },
  }[how];
  const contents: string[] = [];
  let sas = '';
  for (const state of [{}, { snapshot }]) {
    sas = signatureFor({ blobName: blob.name, ...('snapshot' in state ? { snapshotTime: snapshot } : {}) });
    resolved = { provider: azureStorage({ ...credentials, container: CONTAINER, ...state }), fileId: blob.name };
    contents.push(await (await download()).text());
  }
  expect(contents).toEqual(['after', 'before']);
});

function containerClient(): ContainerClient {
  // Handed through to the SDK's HTTP client.
  const trusting: BlobServiceClientOptions & { tlsOptions: { ca: string } } = { tlsOptions: { ca: certificate.cert } };
  const credential = new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY);
  return new BlobServiceClient(baseURL, credential, trusting).getContainerClient(CONTAINER);
}

function sasOfContainer(): string {
  return signatureFor({});
}

function signatureFor(blob: { blobName?: string; snapshotTime?: string }): string {
  return generateBlobSASQueryParameters(
    {
      ...blob,
      containerName: CONTAINER,
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + 600_000),
      version: '2021-12-02',
    },
    new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY),
  ).toString();
}

/** Azurite checks the claims of a token, not who signed it. */
function entraToken(audience: string): string {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    aud: audience,
    iss: 'https://sts.windows.net/t/',
    nbf: seconds - 60,
    iat: seconds - 60,
    exp: seconds + 600,
  };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.c2ln`;
}

const AUTHORISATIONS = [
  [
    'a shared key',
    () => azureStorage({ account: AZURITE_ACCOUNT, baseURL, container: CONTAINER, accountKey: AZURITE_KEY }),
    (key: string) => key,
  ],
  [
    'a shared access signature',
    () => azureStorage({ baseURL, sas: () => `?${sasOfContainer()}` }),
    (key: string) => `${baseURL}/${CONTAINER}/${encodeURIComponent(key)}`,
  ],
  [
    'an Entra token',
    () => azureStorage({ baseURL, container: CONTAINER, token: async () => entraToken('https://storage.azure.com') }),
    (key: string) => key,
  ],
] as const;

describe.each(AUTHORISATIONS)('azureStorage with %s', (_name, make, idOf) => {
  it.each(STORED_CONTENTS)('gives the bytes that the SDK stored as $key', async ({ key, bytes }) => {
    resolved = { provider: make(), fileId: idOf(key) };
    const response = await download();
    const received = Buffer.from(await response.arrayBuffer());
    expect([response.status, received.length, sha256(received)]).toEqual([200, bytes.length, sha256(bytes)]);
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
  });

  it('gives a range', async () => {
    resolved = { provider: make(), fileId: idOf(LARGEST.key) };
    const response = await download({ range: 'bytes=5-1048580' });
    const received = Buffer.from(await response.arrayBuffer());
    expect([response.status, sha256(received)]).toEqual([206, sha256(LARGEST.bytes.subarray(5, 1_048_581))]);
  });

  it('responds to HEAD and conditional requests', async () => {
    resolved = { provider: make(), fileId: idOf(LARGEST.key) };
    const head = await download({}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(LARGEST.bytes.length)]);
    const unchanged = await download({ 'if-none-match': head.headers.get('etag') ?? '' });
    expect(unchanged.status).toBe(304);
  });

  it('says 404 for a blob that is not there', async () => {
    resolved = { provider: make(), fileId: idOf('none') };
    expect((await download()).status).toBe(404);
  });
});

it.each([
  [
    'key',
    () => azureStorage({ account: AZURITE_ACCOUNT, baseURL, container: CONTAINER, accountKey: 'bm90IHRoZSBrZXk=' }),
  ],
  ['token', () => azureStorage({ baseURL, container: CONTAINER, token: entraToken('https://elsewhere.test') })],
])('a wrong %s is refused by the store', async (_what, make) => {
  resolved = { provider: make(), fileId: LARGEST.key };
  const response = await download();
  expect([response.status, gateway.records.at(-1)?.error?.code]).toEqual([502, 'provider_auth_failed']);
});

it.each(['GET', 'HEAD'])('a container that is not there is the gateway’s to mend: %s', async (method) => {
  const provider = azureStorage({ account: AZURITE_ACCOUNT, baseURL, container: 'nowhere', accountKey: AZURITE_KEY });
  resolved = { provider, fileId: 'k' };
  expect((await download({}, method)).status).toBe(500);
  expect(gateway.records.at(-1)).toMatchObject({
    error: { code: 'resolver_failed' },
    upstreamCode: 'ContainerNotFound',
  });
});
