import { azureStorage, bedrock, gcs, type LocatedProvider, s3, vertexAI } from '../../lib';
import { locate } from '../support/locate-request';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'very-secret-key' };

async function urlOf(provider: LocatedProvider, fileId: string): Promise<string> {
  return String((await locate(provider, { fileId })).url);
}

describe('an object of a fixed bucket', () => {
  const STORES = [
    ['s3', s3({ region: 'us-east-1', credentials, bucket: 'mine', prefix: 'out/' }), 's3://', /\/out\/a$/],
    ['gcs', gcs({ accessToken: 't', bucket: 'mine', prefix: 'out/' }), 'gs://', /\/b\/mine\/o\/out%2Fa\?alt=media$/],
    [
      'azureStorage',
      azureStorage({ account: 'acct', token: 't', container: 'mine', prefix: 'out/' }),
      'https://acct.blob.core.windows.net/',
      /\/mine\/out\/a$/,
    ],
  ] as const;

  it.each(STORES)('of %s is a key under the prefix, or its URI', async (_name, provider, scheme, url) => {
    expect(await urlOf(provider, 'a')).toMatch(url);
    expect(await urlOf(provider, `${scheme}mine/out/a`)).toMatch(url);
  });

  it.each(STORES)('of %s is all that can be read', async (_name, provider, scheme) => {
    for (const uri of ['other/out/a', 'mine/secret', 'mine/outside', 'mine2/out/a']) {
      await expect(urlOf(provider, `${scheme}${uri}`)).rejects.toMatchObject({ code: 'file_not_found' });
    }
  });

  it.each(STORES)('of %s has a key without dot segments, and not too long a one', async (_name, provider, scheme) => {
    const ids = ['..', '.', '../mine2/a', 'a/../../b', 'a/.', '', 'a'.repeat(1025), '\ud800'];
    for (const id of [...ids, `${scheme}`, `${scheme}mine`, `${scheme}mine/`, `${scheme}/a`, `${scheme}a%2Fb/c`]) {
      const error: unknown = await urlOf(provider, id).catch((reason: unknown) => reason);
      // Azure's ids are URLs, whose dot segments the parser resolves before they can name anything.
      expect(['invalid_file_id', 'file_not_found']).toContain(Reflect.get(Object(error), 'code'));
    }
  });
});

describe('without a bucket', () => {
  it.each([
    ['s3', s3({ region: 'us-east-1', credentials }), ['key', 'gs://b/k', 's3:/b/k', 's3://b', 'https://b/k']],
    [
      'vertexAI',
      vertexAI({ accessToken: 't' }),
      ['object', 's3://b/k', 'gs://b', 'gs:///o', 'gs://b..c/o', 'gs://b@h/o'],
    ],
    [
      'azureStorage',
      azureStorage({ account: 'acct', token: 't' }),
      [
        'blob',
        'https://other.blob.core.windows.net/c/b',
        'https://acct.blob.core.windows.net/c/b?sig=x',
        'https://acct.blob.core.windows.net/c',
      ],
    ],
  ] as const)('%s takes its own URIs alone', async (_name, provider, ids) => {
    for (const id of ids) await expect(urlOf(provider, id)).rejects.toMatchObject({ code: 'invalid_file_id' });
  });
});

describe('the address of an S3 bucket', () => {
  function at(options: Partial<Parameters<typeof s3>[0]>, bucket = 'results'): Promise<string> {
    return urlOf(s3({ region: 'eu-central-1', credentials, bucket, ...options }), 'a/b c');
  }

  it.each([
    [{}, 'results', 'https://results.s3.eu-central-1.amazonaws.com/a/b%20c'],
    [{}, 'with.dots', 'https://s3.eu-central-1.amazonaws.com/with.dots/a/b%20c'],
    [{ addressing: 'path' as const }, 'results', 'https://s3.eu-central-1.amazonaws.com/results/a/b%20c'],
    [{ region: 'cn-north-1' }, 'results', 'https://results.s3.cn-north-1.amazonaws.com.cn/a/b%20c'],
    [{ region: 'eusc-de-east-1' }, 'results', 'https://results.s3.eusc-de-east-1.amazonaws.eu/a/b%20c'],
    [{ region: (bucket: string) => `${bucket}-1` }, 'results', 'https://results.s3.results-1.amazonaws.com/a/b%20c'],
    [{ baseURL: 'https://minio.test:9000' }, 'results', 'https://minio.test:9000/results/a/b%20c'],
    [{ baseURL: 'https://minio.test/s3/' }, 'results', 'https://minio.test/s3/results/a/b%20c'],
    [{ baseURL: 'https://r2.test', addressing: 'virtual' as const }, 'results', 'https://results.r2.test/a/b%20c'],
  ])('%j', async (options, bucket, url) => {
    expect(await at(options, bucket)).toBe(url);
  });
});

describe('the signature of S3', () => {
  it('is of the region and the method, and holds no secret', async () => {
    const provider = s3({ region: 'eu-west-3', credentials, bucket: 'b' });
    const get = await locate(provider, { fileId: 'k' });
    const head = await locate(provider, { fileId: 'k', method: 'HEAD' });
    expect(get.headers?.['authorization']).toMatch(
      /Credential=AKID\/\d{8}\/eu-west-3\/s3\/aws4_request, SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date,/,
    );
    expect(head.headers?.['authorization']).not.toBe(get.headers?.['authorization']);
    expect(JSON.stringify(get)).not.toContain('very-secret-key');
    expect(Object.keys(get.headers ?? {})).not.toContain('host');
  });

  it('is made with the default chain where no credentials are given', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'FROMENV',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 'token',
    });
    try {
      const { headers } = await locate(bedrock({ region: 'us-east-1' }), { fileId: 's3://b/k' });
      expect(headers?.['authorization']).toMatch(/Credential=FROMENV\//);
      expect(headers?.['x-amz-security-token']).toBe('token');
    } finally {
      process.env = before;
    }
  });

  it.each([undefined, {}, { accessKeyId: 'a' }, { accessKeyId: '', secretAccessKey: 's' }])(
    'cannot be made with %j from a function',
    async (value) => {
      const provider = s3({ region: 'r', bucket: 'b', credentials: () => value as never });
      await expect(locate(provider, { fileId: 'k' })).rejects.toMatchObject({ code: 'resolver_failed' });
    },
  );
});

it.each([
  ['s3: "region" must be', () => s3({ bucket: 'b' } as never)],
  ['s3: "region" must be', () => s3({ region: 'EU West' })],
  ['s3: "bucket" must be a name that a bucket can have, got a string', () => s3({ region: 'r', bucket: 'a/b' })],
  ['s3: "prefix" needs "bucket"', () => s3({ region: 'r', prefix: 'p/' })],
  ['s3: "prefix" must be a string', () => s3({ region: 'r', bucket: 'b', prefix: 1 as never })],
  ["s3: \"addressing\" must be 'virtual' or 'path'", () => s3({ region: 'r', addressing: 'host' as never })],
  ['s3: "baseURL" must be a URL without a query', () => s3({ region: 'r', baseURL: 'https://h?x=1' })],
  [
    's3: "credentials" must be an object or a function, got a string',
    () => s3({ region: 'r', credentials: 'k' as never }),
  ],
  ['s3: "credentials.secretAccessKey" must be', () => s3({ region: 'r', credentials: { accessKeyId: 'a' } as never })],
  [
    's3: "credentials.sessionToken" must be',
    () => s3({ region: 'r', credentials: { ...credentials, sessionToken: '' } }),
  ],
  ['bedrock: "region" must be', () => bedrock({} as never)],
  ['bedrock: unknown option "endpoint"', () => bedrock({ region: 'r', endpoint: 'x' } as never)],
  ['gcs: "accessToken" must be a non-empty string', () => gcs({ accessToken: '' })],
  ['gcs: "baseURL" must be a URL without a query', () => gcs({ accessToken: 't', baseURL: 'https://h?x=1' })],
  ['vertexAI: unknown option "project"', () => vertexAI({ project: 'p' } as never)],
  ['azureStorage: one of "account" and "baseURL" must be given', () => azureStorage({ token: 't' })],
  ['azureStorage: "account" must be', () => azureStorage({ account: 'a.evil.test/', token: 't' })],
  [
    'azureStorage: one of "accountKey", "sas", "token", "connectionString" must',
    () => azureStorage({ account: 'acct' }),
  ],
  [
    'azureStorage: "sas" and "token" must not both be given',
    () => azureStorage({ account: 'acct', token: 't', sas: 's' }),
  ],
  ['azureStorage: "accountKey" needs "account"', () => azureStorage({ baseURL: 'https://h', accountKey: 'k' })],
  [
    'azureStorage: "baseURL" must be a URL without a query',
    () => azureStorage({ baseURL: 'https://h?sv=1', token: 't' }),
  ],
  [
    'azureStorage: "container" must be a name that a container can have',
    () => azureStorage({ account: 'acct', token: 't', container: 'A/B' }),
  ],
])('refused at construction: %s', (message, make) => {
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});

it('regions that a function gives are checked: they become part of a host name', async () => {
  const provider = s3({ region: () => 'evil.test/', bucket: 'b', credentials });
  await expect(locate(provider, { fileId: 'k' })).rejects.toThrow(
    /region\(\) must return a region such as eu-central-1, got a string/,
  );
});

describe('a shared access signature', () => {
  it.each(['sv=1&sig=a%2Bb', '?sv=1&sig=a%2Bb'])('%s is the query', async (sas) => {
    const provider = azureStorage({ account: 'acct', container: 'c', sas });
    expect(await urlOf(provider, 'b')).toBe('https://acct.blob.core.windows.net/c/b?sv=1&sig=a%2Bb');
  });

  it('made of the shared key reads one blob over https for 15 minutes', async () => {
    const provider = azureStorage({ account: 'acct', container: 'c', accountKey: () => 'a2V5' });
    const { searchParams, pathname } = new URL(await urlOf(provider, 'dir/b c'));
    expect(pathname).toBe('/c/dir/b%20c');
    expect(Object.fromEntries(searchParams)).toMatchObject({ sp: 'r', sr: 'b', spr: 'https' });
    const minutes = (Date.parse(searchParams.get('se') ?? '') - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14);
    expect(minutes).toBeLessThanOrEqual(15);
  });
});
