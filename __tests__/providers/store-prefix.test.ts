import { azureStorage, bedrock, gcs, type LocatedProvider, s3, vertexAI } from '../../lib';
import { startContentProvider } from '../support/content-provider';
import { startGateway } from '../support/gateway';
import { locate } from '../support/locate-request';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const bucket = 'mine';
const azure = { account: 'acct', token: 't', container: 'mine' };

const STORES: readonly (readonly [string, string, (prefix: string) => LocatedProvider])[] = [
  ['s3', 's3://', (prefix) => s3({ region: 'r-1', credentials, bucket, prefix })],
  ['bedrock', 's3://', (prefix) => bedrock({ region: 'r-1', credentials, bucket, prefix })],
  ['gcs', 'gs://', (prefix) => gcs({ accessToken: 't', bucket, prefix })],
  ['vertexAI', 'gs://', (prefix) => vertexAI({ accessToken: 't', bucket, prefix })],
  ['azureStorage', 'https://acct.blob.core.windows.net/', (prefix) => azureStorage({ ...azure, prefix })],
];

async function keyOf(provider: LocatedProvider, fileId: string): Promise<string> {
  const { url } = await locate(provider, { fileId });
  return decodeURIComponent(new URL(url).pathname);
}

describe.each(STORES)('a prefix of %s', (_name, scheme, make) => {
  it.each(['tenant1', 'tenant1/'])('%s is a folder', async (prefix) => {
    const provider = make(prefix);
    expect(await keyOf(provider, 'a')).toMatch(/\/tenant1\/a$/);
    expect(await keyOf(provider, `${scheme}mine/tenant1/a`)).toMatch(/\/tenant1\/a$/);
    for (const key of ['tenant10/a', 'tenant1', 'tenant1a', 'tenant1.txt', 'Tenant1/a', '/tenant1/a']) {
      await expect(locate(provider, { fileId: `${scheme}mine/${key}` })).rejects.toMatchObject({
        code: 'file_not_found',
      });
    }
  });

  it.each(['../tenant10/a', 'x/../../tenant10/a', '..\\tenant10\\a', 'x\\..\\..\\tenant10\\a'])(
    'is not left by the id %s',
    async (fileId) => {
      await expect(locate(make('tenant1'), { fileId })).rejects.toMatchObject({ code: 'invalid_file_id' });
    },
  );

  it.each(['..', '../a', 'a/./b', '.', 'a\\..'])('%s is refused at construction', (prefix) => {
    expect(() => make(prefix)).toThrow(TypeError);
    expect(() => make(prefix)).toThrow(/"prefix" must be a folder .* without the segments/);
  });
});

it('an id outside of the prefix has the response of a file that is not there, and asks the store nothing', async () => {
  await using store = await startContentProvider();
  store.respond = (_request, response) => void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
  const provider = s3({ region: 'r-1', credentials, bucket, prefix: 'tenant1', baseURL: store.origin });
  let fileId = '';
  await using gateway = await startGateway({ resolveProvider: () => ({ provider, fileId }) });
  const seen: unknown[] = [];
  for (fileId of ['none', 's3://mine/tenant10/a']) {
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
    seen.push([response.status, await response.text()]);
  }
  expect(seen[1]).toEqual(seen[0]);
  expect(store.requests).toHaveLength(1);
});
