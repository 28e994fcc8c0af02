import { azureStorage, bedrock, gcs, type LocatedProvider, s3, type TransferRecord, vertexAI } from '../../lib';
import type { FakeProvider } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { type Gateway, startGateway } from '../support/gateway';

const AWS = { region: 'eu-central-1', credentials: { accessKeyId: 'AKID', secretAccessKey: 'very-secret' } };
const NOT_THERE = 'No file was found with the id "file-1".';
const PLACE = 'The gateway could not determine where this file is held.';
const CREDENTIAL = "The provider did not accept the gateway's credential.";
const DENIED = "The provider denied access: the gateway's credential may not read this file, or there is no such file.";
const ARCHIVED = 'The file is archived and has to be restored before it can be read.';
const CLOCK = "The gateway's clock differs too much from the provider's.";
const ENCRYPTION = 'The provider cannot decrypt the file with what the gateway is set up to send.';

let upstream: FakeProvider;
let gateway: Gateway;
let resolved: { provider: LocatedProvider; fileId: string; delivery: 'stream' | 'buffer' };

beforeAll(async () => {
  upstream = await startContentProvider();
  gateway = await startGateway({ resolveProvider: () => resolved });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

interface Refused {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string;
  readonly record: TransferRecord | undefined;
}

async function refused(
  provider: LocatedProvider,
  fileId: string,
  [status, body, headers = {}]: readonly [number, string, Record<string, string>?],
  method: 'GET' | 'HEAD' = 'GET',
): Promise<readonly Refused[]> {
  upstream.respond = (_request, response) => void response.writeHead(status, headers).end(body);
  const seen: Refused[] = [];
  for (const delivery of ['stream', 'buffer'] as const) {
    gateway.log.clear();
    resolved = { provider, fileId, delivery };
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { method });
    const text = await response.text();
    const record = gateway.records[0];
    const message = text === '' ? '' : (JSON.parse(text) as { error: { message: string } }).error.message;
    seen.push({ status: response.status, code: record?.error?.code, message, record });
  }
  return seen;
}

function xml(code: string, more = '<Message>Words of the store for bucket-of-the-gateway</Message>'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code>${more}<RequestId>R</RequestId></Error>`;
}

function json(code: number, reason: string, message = 'Words of the store for bucket-of-the-gateway'): string {
  return JSON.stringify({ error: { code, message, errors: [{ message, domain: 'global', reason }] } });
}

type Row = readonly [upstreamCode: string, given: number, status: number, code: string, message: string];

/** For a title that names the row's first members. */
function titled(rows: readonly Row[]) {
  return rows.map((row) => [row[0], row[1], row[2], row[3], row] as const);
}

async function expectRow(provider: LocatedProvider, fileId: string, row: Row, body: string): Promise<void> {
  const [upstreamCode, given, status, code, message] = row;
  for (const seen of await refused(provider, fileId, [given, body])) {
    expect(seen).toMatchObject({ status, code, message });
    expect(seen.record).toMatchObject({ upstreamStatus: given, upstreamCode });
    expect(seen.message).not.toContain('bucket-of-the-gateway');
  }
}

const S3_ROWS: readonly Row[] = [
  ['ExpiredToken', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['InvalidToken', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['TokenRefreshRequired', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['AuthorizationHeaderMalformed', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['InvalidAccessKeyId', 403, 502, 'provider_auth_failed', CREDENTIAL],
  ['InvalidAccessKeyId', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['SignatureDoesNotMatch', 403, 502, 'provider_auth_failed', CREDENTIAL],
  ['RequestTimeTooSkewed', 403, 502, 'provider_auth_failed', CLOCK],
  ['AccessDenied', 403, 502, 'provider_auth_failed', DENIED],
  ['KMS.DisabledException', 400, 502, 'provider_auth_failed', ENCRYPTION],
  ['IllegalLocationConstraintException', 400, 500, 'resolver_failed', PLACE],
  ['InvalidObjectState', 403, 403, 'provider_error', ARCHIVED],
  ['NoSuchBucket', 404, 500, 'resolver_failed', PLACE],
  ['NoSuchKey', 404, 404, 'file_not_found', NOT_THERE],
  ['NoSuchVersion', 404, 404, 'file_not_found', NOT_THERE],
  ['MethodNotAllowed', 405, 404, 'file_not_found', NOT_THERE],
  ['RequestTimeout', 400, 504, 'provider_timeout', 'The provider did not respond in time.'],
];

describe.each([
  ['s3', () => s3({ ...AWS, bucket: 'b', baseURL: upstream.origin })],
  ['bedrock', () => bedrock({ ...AWS, bucket: 'b', baseURL: upstream.origin, batchOutput: 'openai' })],
] as const)('%s', (_name, make) => {
  it.each(titled(S3_ROWS))('%s (%i) is %i %s', async (upstreamCode, _given, _status, _code, row) => {
    await expectRow(make(), 'k', row, xml(upstreamCode));
  });

  it('a key of the customer’s that is wanting is no fault of the client’s', async () => {
    const words = '<Message>The object was stored using a form of Server Side Encryption.</Message>';
    const row: Row = ['InvalidRequest', 400, 502, 'provider_auth_failed', ENCRYPTION];
    await expectRow(make(), 'k', row, xml('InvalidRequest', words));
  });

  it('a bucket of another region is a redirect that is not followed, and the record names the region', async () => {
    const headers = { 'x-amz-bucket-region': 'eu-west-1', location: upstream.origin };
    for (const seen of await refused(make(), 'k', [301, xml('PermanentRedirect'), headers])) {
      expect(seen).toMatchObject({ status: 502, code: 'provider_invalid_response' });
      expect(seen.record?.error?.cause?.message).toContain('the bucket is in the region eu-west-1');
      expect(seen.message).not.toContain('eu-west-1');
    }
  });

  it('another invalid request stays one, with the store’s words', async () => {
    const [seen] = await refused(make(), 'k', [400, xml('InvalidRequest', '<Message>Bad range</Message>')]);
    expect(seen).toMatchObject({ status: 400, code: 'provider_error', message: 'Bad range' });
  });

  it('a version that cannot be one is not there', async () => {
    const words = '<Message>Invalid version id specified</Message><ArgumentName>versionId</ArgumentName>';
    await expectRow(
      make(),
      'k',
      ['InvalidArgument', 400, 404, 'file_not_found', NOT_THERE],
      xml('InvalidArgument', words),
    );
  });

  it.each([
    [400, 502, 'provider_auth_failed', {}],
    [403, 502, 'provider_auth_failed', {}],
    [404, 404, 'file_not_found', {}],
    [405, 404, 'file_not_found', { 'x-amz-delete-marker': 'true' }],
    [405, 405, 'provider_error', {}],
  ])('HEAD, whose refusal has no body: %i is %i %s', async (given, status, code, headers) => {
    for (const seen of await refused(make(), 'k', [given, '', headers], 'HEAD')) {
      expect(seen).toMatchObject({ status, code });
    }
  });
});

it('a mistake of the gateway has the gateway’s code for the client', async () => {
  const provider = s3({ ...AWS, bucket: 'b', baseURL: upstream.origin });
  upstream.respond = (_request, response) => void response.writeHead(404).end(xml('NoSuchBucket'));
  resolved = { provider, fileId: 'k', delivery: 'stream' };
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
  expect(await response.json()).toEqual({
    error: { message: PLACE, type: 'server_error', param: null, code: 'resolver_failed' },
  });
});

it.each<readonly [string, () => LocatedProvider, string, readonly [number, string]]>([
  ['s3', () => s3({ ...AWS, baseURL: upstream.origin }), 's3://gone/k', [404, xml('NoSuchBucket')]],
  [
    'azureStorage',
    () => azureStorage({ baseURL: upstream.origin, token: 't' }),
    '/gone/k',
    [404, xml('ContainerNotFound')],
  ],
  [
    'gcs',
    () => gcs({ accessToken: 't', baseURL: upstream.origin }),
    'gs://gone/k',
    [404, json(404, 'notFound', 'The specified bucket does not exist.')],
  ],
])('a bucket of %s that a file id names, and that does not exist, is a 404', async (name, make, id, refusal) => {
  const fileId = name === 'azureStorage' ? `${upstream.origin}${id}` : id;
  for (const seen of await refused(make(), fileId, refusal)) {
    expect(seen).toMatchObject({ status: 404, code: 'file_not_found', message: NOT_THERE });
  }
});

const AZURE_ROWS: readonly Row[] = [
  ['AuthenticationFailed', 403, 502, 'provider_auth_failed', CREDENTIAL],
  ['InvalidAuthenticationInfo', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['InvalidAuthenticationInfo', 401, 502, 'provider_auth_failed', CREDENTIAL],
  ['AuthorizationFailure', 403, 502, 'provider_auth_failed', CREDENTIAL],
  ['AuthorizationPermissionMismatch', 403, 502, 'provider_auth_failed', CREDENTIAL],
  ['PublicAccessNotPermitted', 409, 502, 'provider_auth_failed', CREDENTIAL],
  ['ContainerNotFound', 404, 500, 'resolver_failed', PLACE],
  ['ContainerBeingDeleted', 409, 500, 'resolver_failed', PLACE],
  ['BlobArchived', 409, 409, 'provider_error', ARCHIVED],
  ['BlobBeingRehydrated', 409, 409, 'provider_error', ARCHIVED],
  ['BlobUsesCustomerSpecifiedEncryption', 409, 502, 'provider_auth_failed', ENCRYPTION],
  ['BlobNotFound', 404, 404, 'file_not_found', NOT_THERE],
];

describe('azureStorage', () => {
  const make = () => azureStorage({ baseURL: upstream.origin, container: 'c', token: 't' });

  it.each(titled(AZURE_ROWS))('%s (%i) is %i %s', async (upstreamCode, _given, _status, _code, row) => {
    await expectRow(make(), 'k', row, xml(upstreamCode));
  });

  it.each(titled(AZURE_ROWS))(
    'HEAD has it in a header: %s (%i) is %i %s',
    async (upstreamCode, given, status, code) => {
      const headers = { 'x-ms-error-code': upstreamCode };
      for (const seen of await refused(make(), 'k', [given, '', headers], 'HEAD')) {
        expect(seen).toMatchObject({ status, code });
        expect(seen.record).toMatchObject({ upstreamCode });
      }
    },
  );

  it.each([
    ['made here is a matter of clocks', { account: 'acct', accountKey: 'a2V5' }, CLOCK],
    ['that was given has expired', { sas: 'sig=s' }, CREDENTIAL],
  ])('a signature outside of its time, %s', async (_what, credential, message) => {
    const detail =
      '<Message>M</Message><AuthenticationErrorDetail>Signature not valid in the specified time frame: Start [x]</AuthenticationErrorDetail>';
    const row: Row = ['AuthenticationFailed', 403, 502, 'provider_auth_failed', message];
    const provider = azureStorage({ baseURL: upstream.origin, container: 'c', ...credential });
    await expectRow(provider, 'k', row, `\uFEFF${xml('AuthenticationFailed', detail)}`);
  });
});

const GCS_ROWS: readonly Row[] = [
  ['authError', 401, 502, 'provider_auth_failed', CREDENTIAL],
  ['required', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['userProjectMissing', 400, 502, 'provider_auth_failed', CREDENTIAL],
  ['forbidden', 403, 502, 'provider_auth_failed', DENIED],
  ['insufficientPermissions', 403, 502, 'provider_auth_failed', DENIED],
  ['resourceIsEncryptedWithCustomerEncryptionKey', 400, 502, 'provider_auth_failed', ENCRYPTION],
  ['notFound', 404, 404, 'file_not_found', NOT_THERE],
];

describe.each([
  ['gcs', () => gcs({ accessToken: 't', bucket: 'b', baseURL: upstream.origin })],
  ['vertexAI', () => vertexAI({ accessToken: 't', bucket: 'b', baseURL: upstream.origin, batchOutput: 'openai' })],
] as const)('%s', (_name, make) => {
  it.each(titled(GCS_ROWS))('%s (%i) is %i %s', async (upstreamCode, given, _status, _code, row) => {
    await expectRow(make(), 'k', row, json(given, upstreamCode));
  });

  it('an exceeded rate is not a refused credential', async () => {
    for (const seen of await refused(make(), 'k', [403, json(403, 'rateLimitExceeded')])) {
      expect(seen).toMatchObject({ status: 429, code: 'rate_limited' });
    }
  });

  it('a bucket that does not exist is the gateway’s to mend', async () => {
    const row: Row = ['notFound', 404, 500, 'resolver_failed', PLACE];
    await expectRow(make(), 'k', row, json(404, 'notFound', 'The specified bucket does not exist.'));
  });

  it.each([
    [403, 'Forbidden', 502, 'provider_auth_failed', DENIED],
    [404, 'No such object: b/k', 404, 'file_not_found', NOT_THERE],
    [400, 'Bucket is a requester pays bucket but no user project provided.', 502, 'provider_auth_failed', CREDENTIAL],
    [
      400,
      'The target object is encrypted by a customer-supplied encryption key.',
      502,
      'provider_auth_failed',
      ENCRYPTION,
    ],
    [403, '', 502, 'provider_auth_failed', DENIED],
    [403, '{"error":[]}', 502, 'provider_auth_failed', DENIED],
    [403, 'null', 502, 'provider_auth_failed', DENIED],
  ])('%i in plain words, as media downloads have it', async (given, body, status, code, message) => {
    for (const seen of await refused(make(), 'k', [given, body])) {
      expect(seen).toMatchObject({ status, code, message });
    }
  });
});
