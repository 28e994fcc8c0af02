import { locate } from '../support/locate-request';

type Library = typeof import('../../lib');

/** Loads the library as if a package were not installed. */
function without(packageName: string): Library {
  jest.resetModules();
  jest.doMock(packageName, () => {
    throw Object.assign(new Error(`Cannot find module '${packageName}'`), { code: 'MODULE_NOT_FOUND' });
  });
  return require('../../lib');
}

afterEach(() => {
  jest.resetModules();
  jest.dontMock('@smithy/signature-v4');
  jest.dontMock('@aws-sdk/credential-provider-node');
  jest.dontMock('@azure/storage-blob');
  jest.dontMock('google-auth-library');
});

const credentials = { accessKeyId: 'a', secretAccessKey: 's' };

it.each([
  ['@smithy/signature-v4', 's3', (lib: Library) => lib.s3({ region: 'r', bucket: 'b', credentials })],
  ['@smithy/signature-v4', 'bedrock', (lib: Library) => lib.bedrock({ region: 'r', bucket: 'b', credentials })],
  ['@aws-sdk/credential-provider-node', 's3', (lib: Library) => lib.s3({ region: 'r', bucket: 'b' })],
  ['google-auth-library', 'gcs', (lib: Library) => lib.gcs({ bucket: 'b' })],
  ['google-auth-library', 'vertexAI', (lib: Library) => lib.vertexAI({ bucket: 'b' })],
  [
    '@azure/storage-blob',
    'azureStorage',
    (lib: Library) => lib.azureStorage({ account: 'acct', container: 'c', accountKey: 'a2V5' }),
  ],
])('without %s, %s loads and says at the first use what to install', async (packageName, factory, make) => {
  const provider = make(without(packageName));
  await expect(locate(provider, { fileId: 'k' })).rejects.toThrow(
    `${factory} needs the package ${packageName}: npm install ${packageName}`,
  );
});

it('what fails inside a package is not taken for its absence', async () => {
  jest.resetModules();
  jest.doMock('@smithy/signature-v4', () => {
    throw new Error('broken installation');
  });
  const lib: Library = require('../../lib');
  const provider = lib.s3({ region: 'r', bucket: 'b', credentials });
  await expect(locate(provider, { fileId: 'k' })).rejects.toThrow('broken installation');
});

describe('Application Default Credentials', () => {
  function withTokens(...tokens: (string | null | Error)[]): { lib: Library; scopes: unknown[] } {
    jest.resetModules();
    const scopes: unknown[] = [];
    jest.doMock('google-auth-library', () => ({
      GoogleAuth: class {
        constructor(options: { scopes: unknown }) {
          scopes.push(options.scopes);
        }
        async getAccessToken(): Promise<string | null> {
          const token = tokens.shift() ?? null;
          if (token instanceof Error) throw token;
          return token;
        }
      },
    }));
    return { lib: require('../../lib'), scopes };
  }

  it('are asked for at every attempt, for reading alone, of one client', async () => {
    const { lib, scopes } = withTokens('one', 'two');
    const provider = lib.gcs({ bucket: 'b' });
    expect((await locate(provider, { fileId: 'k' })).headers).toEqual({ authorization: 'Bearer one' });
    expect((await locate(provider, { fileId: 'k' })).headers).toEqual({ authorization: 'Bearer two' });
    expect(scopes).toEqual([['https://www.googleapis.com/auth/devstorage.read_only']]);
  });

  it('that cannot be had are the gateway’s failure', async () => {
    const reason = new Error('no credentials here');
    const { lib } = withTokens(null, reason);
    const provider = lib.vertexAI({ bucket: 'b' });
    await expect(locate(provider, { fileId: 'k' })).rejects.toMatchObject({ code: 'resolver_failed' });
    await expect(locate(provider, { fileId: 'k' })).rejects.toMatchObject({ code: 'resolver_failed', cause: reason });
  });
});
