import { inspect } from 'node:util';
import { bedrock, s3 } from '../../lib';
import { sdkGetObject } from '../support/aws-sdk-request';
import { startContentProvider } from '../support/content-provider';
import { startGateway } from '../support/gateway';
import { locate } from '../support/locate-request';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const KEY = Buffer.alloc(32, 'k');
const base = { region: 'eu-central-1', bucket: 'results', credentials };

/** Headers of the SDK that say nothing to S3 of the object. */
const OF_THE_SDK = /^(amz-sdk-.*|x-amz-user-agent|user-agent|host|authorization|x-amz-date|x-amz-content-sha256)$/;
const OF_THE_TIME = /^(authorization|x-amz-date|x-amz-content-sha256)$/;

function without(names: RegExp, headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.test(name)));
}

const OPTIONS = [
  [{}, {}],
  [{ requesterPays: true }, { RequestPayer: 'requester' as const }],
  [{ requesterPays: false }, {}],
  [{ expectedBucketOwner: '123456789012' }, { ExpectedBucketOwner: '123456789012' }],
  [{ customerKey: KEY }, { SSECustomerAlgorithm: 'AES256', SSECustomerKey: KEY.toString('base64') }],
  [{ customerKey: KEY.toString('base64') }, { SSECustomerAlgorithm: 'AES256', SSECustomerKey: KEY.toString('base64') }],
  [{ versionId: 'a+b/c=&d' }, { VersionId: 'a+b/c=&d' }],
] as const;

it.each(OPTIONS)('%j asks what AWS’s SDK asks', async (options, input) => {
  const expected = await sdkGetObject({ region: base.region }, { Bucket: 'results', Key: 'k', ...input });
  const { url, headers } = await locate(s3({ ...base, ...options }), { fileId: 'k' });
  expect(without(OF_THE_TIME, headers)).toEqual(without(OF_THE_SDK, expected?.headers));
  expect(Object.fromEntries(new URL(url).searchParams)).toEqual(expected?.query);
  const signed = /SignedHeaders=([^,]*)/.exec(headers?.['authorization'] ?? '')?.[1]?.split(';') ?? [];
  expect(signed).toEqual(['host', ...Object.keys(headers ?? {}).filter((name) => name.startsWith('x-amz-'))].sort());
});

it('asks for no checksum with HEAD, for which further permissions would be needed', async () => {
  const { headers } = await locate(bedrock(base), { fileId: 'k', method: 'HEAD' });
  expect(headers).not.toHaveProperty('x-amz-checksum-mode');
});

it("a customer's key is sent to the store only", async () => {
  const secret = KEY.toString('base64');
  await using store = await startContentProvider();
  const provider = s3({ ...base, baseURL: store.origin, customerKey: KEY });
  await using gateway = await startGateway({ resolveProvider: () => provider });
  store.respond = (request, response) => {
    response.writeHead(400, { 'content-type': 'application/xml' });
    const key = request.headers['x-amz-server-side-encryption-customer-key'];
    response.end(`<Error><Code>InvalidArgument</Code><Message>Bad key ${String(key)}</Message></Error>`);
  };
  const response = await fetch(`${gateway.origin}/v1/files/k/content`);
  const seen = [await response.text(), inspect(gateway.records, { depth: null }), inspect(provider, { depth: null })];
  expect(store.requests[0]?.headers).toHaveProperty('x-amz-server-side-encryption-customer-key', secret);
  expect(seen.join()).not.toContain(secret);
});

it.each([
  ['"requesterPays" must be true or false', { requesterPays: 'requester' as never }],
  ['"expectedBucketOwner" must be the 12 digits', { expectedBucketOwner: '1' }],
  ['"expectedBucketOwner" must be the 12 digits', { expectedBucketOwner: 123456789012 as never }],
  ['"customerKey" must be 32 bytes', { customerKey: 'short' }],
  ['"customerKey" must be 32 bytes', { customerKey: KEY.subarray(1) }],
  ['"customerKey" needs a "baseURL" with https:', { customerKey: KEY, baseURL: 'http://minio.test' }],
  ['"versionId" must be a non-empty string', { versionId: '' }],
])('refused at construction: %s', (message, options) => {
  const make = () => s3({ ...base, ...options });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
  expect(() => bedrock({ ...base, ...options })).toThrow('bedrock: ');
});
