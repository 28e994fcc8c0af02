import { azureStorage, bedrock, gcs, type LocatedProvider, s3, vertexAI } from '../../lib';
import { locate } from '../support/locate-request';

const KEY = Buffer.from('not a secret key').toString('base64');
const aws = { region: 'eu-central-1', bucket: 'b' };
const identity = { accessKeyId: 'AKID', secretAccessKey: 's' };
const azure = { account: 'acct', container: 'c' };

const STORES: readonly (readonly [string, () => LocatedProvider])[] = [
  ['s3', () => s3({ ...aws, credentials: identity })],
  ['s3, credentials of a function', () => s3({ ...aws, credentials: () => ({ ...identity }) })],
  ['s3, at an endpoint', () => s3({ ...aws, credentials: identity, baseURL: 'https://minio.test' })],
  ['bedrock', () => bedrock({ ...aws, credentials: identity })],
  ['gcs', () => gcs({ bucket: 'b', accessToken: 't' })],
  ['vertexAI', () => vertexAI({ bucket: 'b', authClient: { getAccessToken: async () => 't' } })],
  ['azureStorage, token', () => azureStorage({ ...azure, token: 't' })],
  ['azureStorage, sas', () => azureStorage({ ...azure, sas: 'sig=x' })],
  ['azureStorage, accountKey', () => azureStorage({ ...azure, accountKey: KEY })],
  [
    'azureStorage, connectionString',
    () => azureStorage({ container: 'c', connectionString: 'AccountName=acct;SharedAccessSignature=sig=x' }),
  ],
];

/** What any package of the application's may have put on every object. */
const FOREIGN = {
  accountKey: KEY,
  addressing: 'virtual',
  applyChecksum: false,
  baseURL: 'https://evil.test',
  bucket: 'evil',
  connectionString: 'UseDevelopmentStorage=true',
  customerKey: Buffer.alloc(32),
  encryptionScope: 'evil',
  expectedBucketOwner: '000000000000',
  expiration: new Date(Date.now() + 3_600_000),
  generation: '5',
  headers: { evil: '1' },
  identifier: 'evil',
  ipRange: { start: '127.0.0.1' },
  keyFile: '/evil',
  name: 'evil',
  prefix: 'evil/',
  query: 'evil=1',
  refused: true,
  refusedCredential: true,
  requesterPays: true,
  sas: 'evil',
  sessionToken: 'evil',
  snapshot: '2020-01-01T00:00:00Z',
  snapshotTime: '2020-01-01T00:00:00Z',
  startsOn: new Date(0),
  token: 'evil',
  universeDomain: 'evil.test',
  useDualstackEndpoint: true,
  useFipsEndpoint: true,
  userProject: 'evil',
  versionId: 'evil',
  versionid: 'evil',
};

/** What the store is asked, but for what depends on the second. */
async function asked(make: () => LocatedProvider): Promise<string> {
  const { url, headers } = await locate(make(), { fileId: 'k' });
  return `${String(url)} ${JSON.stringify(Object.entries(headers ?? {}))}`;
}

beforeEach(() => {
  jest.useFakeTimers({
    now: Date.parse('2026-01-01T00:00:00Z'),
    doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'],
  });
});
afterEach(() => {
  jest.useRealTimers();
});

it.each(STORES)('%s asks the same whatever is on Object.prototype', async (_name, make) => {
  const expected = await asked(make);
  const differences: string[] = [];
  for (const [name, value] of Object.entries(FOREIGN)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
    try {
      const now = await asked(make).catch((error: unknown) => String(error));
      if (now !== expected) differences.push(`${name}: ${now}`);
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  }
  expect(differences).toEqual([]);
});
