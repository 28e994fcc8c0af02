import { s3 } from '../../lib';
import { sdkGetObject } from '../support/aws-sdk-request';
import { locate } from '../support/locate-request';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const ACCESS_POINT = 'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap';

type Options = Partial<Omit<Parameters<typeof s3>[0], 'region'>> & { readonly region?: string };

async function addressOf(options: Options, key = 'a b'): Promise<{ url: string; region: string | undefined }> {
  const provider = s3({ region: 'eu-central-1', credentials, bucket: 'results', ...options });
  const { url, headers } = await locate(provider, { fileId: key });
  return { url: String(url), region: /Credential=AKID\/\d+\/([^/]*)/.exec(headers?.['authorization'] ?? '')?.[1] };
}

const BUCKETS = [
  ...['results', 'with.dots', 'MyBucket', 'a_b', 'ab', '1.2.3.4', 'a--b', 'my-ap-abc123-s3alias', 'a'.repeat(63)],
  ...[`${'a'.repeat(64)}`, ACCESS_POINT, 'arn:aws:s3:us-west-2:123456789012:accesspoint:my-ap'],
];
const ENDPOINTS = [
  {},
  { useFipsEndpoint: true },
  { useDualstackEndpoint: true },
  { useFipsEndpoint: true, useDualstackEndpoint: true },
];
const REGIONS = ['us-east-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'us-iso-east-1', 'us-isob-east-1'];
const KEYS = [
  "a!'()*b",
  'a+b',
  'a//b',
  '//a',
  '/a',
  'a/',
  'é?#&=;@',
  'a%2Fb',
  '%2e%2e/a',
  'a\\b',
  'a\tb\n',
  '...',
  '😀',
];

describe('the address of an object is the one that AWS’s SDK has', () => {
  it.each(BUCKETS)('in the bucket %s, on every kind of endpoint', async (bucket) => {
    for (const options of ENDPOINTS) {
      const expected = await sdkGetObject({ region: 'eu-central-1', ...options }, { Bucket: bucket, Key: 'a b' });
      const { url, region } = await addressOf({ ...options, bucket });
      expect([url, region]).toEqual([expected?.url, expected?.region]);
    }
  });

  it.each([...REGIONS, 'eu-isoe-west-1', 'us-isof-south-1', 'ap-southeast-7', 'mx-central-1'])(
    'in the region %s',
    async (region) => {
      for (const options of [{}, { useDualstackEndpoint: true }]) {
        const expected = await sdkGetObject({ region, ...options }, { Bucket: 'results', Key: 'a b' });
        expect((await addressOf({ region, ...options })).url).toBe(expected?.url);
      }
    },
  );

  it.each(KEYS)('under the key %j', async (key) => {
    for (const [addressing, forcePathStyle] of [
      ['virtual', false],
      ['path', true],
    ] as const) {
      const expected = await sdkGetObject({ region: 'eu-central-1', forcePathStyle }, { Bucket: 'results', Key: key });
      expect((await addressOf({ addressing }, key)).url).toBe(expected?.url);
    }
  });

  it.each([
    ['http://localhost:9000', 'results'],
    ['https://r2.test/root', 'results'],
    ['https://h.test', ACCESS_POINT],
  ])('at %s, as a part of the host name, for %s', async (endpoint, bucket) => {
    const expected = await sdkGetObject({ region: 'eu-central-1', endpoint }, { Bucket: bucket, Key: 'a b' });
    const { url } = await addressOf({ baseURL: endpoint, bucket, addressing: 'virtual' });
    expect(url).toBe(expected?.url);
  });

  it.each(['https://h.test', 'http://127.0.0.1:9000', 'http://[::1]:9000'])(
    'at %s, as a part of the path',
    async (endpoint) => {
      for (const Bucket of ['results', 'MyBucket', 'a.b']) {
        const expected = await sdkGetObject({ region: 'r-1', endpoint, forcePathStyle: true }, { Bucket, Key: 'a b' });
        expect((await addressOf({ baseURL: endpoint, bucket: Bucket })).url).toBe(expected?.url);
      }
    },
  );
});

it('a name with dots can be part of a host name over http, where no certificate is checked', async () => {
  const { url } = await addressOf({ baseURL: 'http://h.test', bucket: 'a.b', addressing: 'virtual' });
  expect(url).toBe('http://a.b.h.test/a%20b');
});

describe('a bucket in a file id', () => {
  const provider = s3({ region: 'eu-central-1', credentials });

  it('may be an access point', async () => {
    const { url } = await locate(provider, { fileId: `s3://${ACCESS_POINT}/dir/key` });
    expect(String(url)).toBe('https://my-ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com/dir/key');
  });

  it('keeps its capitals, in the path', async () => {
    const { url } = await locate(provider, { fileId: 's3://MyBucket/key' });
    expect(String(url)).toBe('https://s3.eu-central-1.amazonaws.com/MyBucket/key');
  });

  it.each([
    's3://arn:aws:s3:us-west-2:123456789012:accesspoint/my.ap/key',
    's3://arn:aws:s3:us-west-2:1:accesspoint/my-ap/key',
    's3://arn:aws:s3::123456789012:accesspoint/m.mrap/key',
    's3://b--use1-az4--x-s3/key',
    's3://b@evil.test/key',
    's3://b:80/key',
  ])('is refused: %s', async (fileId) => {
    await expect(locate(provider, { fileId })).rejects.toMatchObject({ code: 'invalid_file_id' });
  });

  it.each(['MyBucket', 'a_b', 'a.b', 'xn--abc'])(
    '%s is refused where it must be a part of the host name',
    async (bucket) => {
      const virtual = s3({ region: 'eu-central-1', credentials, addressing: 'virtual' });
      await expect(locate(virtual, { fileId: `s3://${bucket}/k` })).rejects.toMatchObject({ code: 'invalid_file_id' });
    },
  );
});

it.each<[string, Options]>([
  ['cannot be part of a host name', { bucket: 'MyBucket', addressing: 'virtual' }],
  ['cannot be part of a host name', { bucket: 'a_b', addressing: 'virtual' }],
  ['cannot be part of a host name', { bucket: 'a.b', addressing: 'virtual' }],
  ['cannot be part of a host name', { bucket: 'a.b', addressing: 'virtual', baseURL: 'https://h.test' }],
  ['cannot be part of a host name', { bucket: 'A.b', addressing: 'virtual', baseURL: 'http://h.test' }],
  ['the host of "baseURL" is an IP address', { addressing: 'virtual', baseURL: 'http://127.0.0.1:9000' }],
  ['the host of "baseURL" is an IP address', { addressing: 'virtual', baseURL: 'http://[::1]:9000' }],
  ['the host of "baseURL" is an IP address', { addressing: 'virtual', baseURL: 'http://2130706433:9000' }],
  ['must be part of the host name', { bucket: ACCESS_POINT, addressing: 'path' }],
  ['must be part of the host name', { bucket: ACCESS_POINT, baseURL: 'http://127.0.0.1:9000' }],
  ['must be a name that a bucket can have', { bucket: 'arn:aws:s3::123456789012:accesspoint/m.mrap' }],
  [
    'must be a name that a bucket can have',
    { bucket: 'arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/a' },
  ],
  ['another AWS partition', { bucket: ACCESS_POINT, region: 'cn-north-1' }],
  ['they are not supported', { bucket: 'b--use1-az4--x-s3' }],
  ['they are not supported', { bucket: 'b--use1-az4--xa-s3' }],
  ['they are not supported', { bucket: 'ap-1--op-s3' }],
  ['no FIPS endpoint in China', { region: 'cn-north-1', useFipsEndpoint: true }],
  ['"useFipsEndpoint" and "baseURL" must not both', { baseURL: 'https://h.test', useFipsEndpoint: true }],
  ['"useDualstackEndpoint" and "baseURL" must not both', { baseURL: 'https://h.test', useDualstackEndpoint: true }],
  ['"useFipsEndpoint" must be true or false', { useFipsEndpoint: 'yes' as never }],
  ["must be the bucket's own region", { region: 'aws-global' }],
  ['beside useFipsEndpoint: true', { region: 'fips-us-east-1' }],
  ['"region" must be a region', { region: '-eu' }],
])('refused at construction: %s (%j)', (message, options) => {
  const make = () => s3({ region: 'eu-central-1', credentials, bucket: 'results', ...options });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});
