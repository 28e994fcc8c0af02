import {
  type AWSCredentialRequest,
  azureStorage,
  type CredentialRequest,
  gcs,
  gemini,
  type LocatedProvider,
  openai,
  s3,
  xai,
} from '../../lib';
import type { FakeProvider } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { startGateway } from '../support/gateway';

type Give = (request?: CredentialRequest) => string;

const HOUR = 3_600_000;

/** A store that refuses the credential `old`, which every request carries somewhere. */
async function startStore(status: number, body: string, headers = {}): Promise<FakeProvider> {
  const store = await startContentProvider();
  store.respond = (request, response) => {
    const isOld = /\bold\b/.test(`${request.url} ${request.headers.authorization}`);
    if (isOld) response.writeHead(status, headers).end(body);
    else response.writeHead(200, { 'content-length': '7' }).end('content');
  };
  return store;
}

/** Gives `old` until it hears that it was refused, and remembers what it was told. */
function renewable() {
  const told: unknown[] = [];
  return {
    told,
    give(request?: { readonly refused: true }): string {
      told.push(request);
      return request?.refused ? 'new' : 'old';
    },
  };
}

async function download(provider: LocatedProvider, delivery: 'stream' | 'buffer', method = 'GET') {
  await using gateway = await startGateway({ resolveProvider: () => ({ provider, delivery }) });
  const response = await fetch(`${gateway.origin}/v1/files/k/content`, { method });
  return { status: response.status, text: await response.text(), attempts: gateway.records[0]?.attempts };
}

const EXPIRED = '<Error><Code>ExpiredToken</Code><Message>M</Message></Error>';

describe.each(['stream', 'buffer'] as const)('a credential that is refused, delivery %s', (delivery) => {
  it('of S3 is renewed although its expiration has not passed', async () => {
    await using store = await startStore(400, EXPIRED);
    const { give, told } = renewable();
    const provider = s3({
      region: 'eu-central-1',
      bucket: 'b',
      baseURL: store.origin,
      credentials: (request?: AWSCredentialRequest) => ({
        accessKeyId: give(request),
        secretAccessKey: 's',
        expiration: new Date(Date.now() + HOUR),
      }),
    });
    expect(await download(provider, delivery)).toEqual({ status: 200, text: 'content', attempts: 2 });
    expect(await download(provider, delivery)).toMatchObject({ status: 200, attempts: 1 });
    expect(told).toEqual([undefined, { refused: true, attempt: 2, forceRefresh: true }]);
  });

  it('of S3 that cannot be had afresh is not used again', async () => {
    await using store = await startStore(400, EXPIRED);
    const credentials = (request?: AWSCredentialRequest) => {
      if (request !== undefined) throw new Error('STS is down');
      return { accessKeyId: 'old', secretAccessKey: 's', expiration: new Date(Date.now() + HOUR) };
    };
    const provider = s3({ region: 'eu-central-1', bucket: 'b', baseURL: store.origin, credentials });
    expect((await download(provider, delivery)).status).toBe(500);
    expect(store.requests).toHaveLength(1);
  });

  it.each([
    ['gcs', (origin: string, give: Give) => gcs({ baseURL: origin, bucket: 'b', accessToken: give })],
    [
      'gcs, as google-auth-library gives it',
      (origin: string, give: Give) =>
        gcs({ baseURL: origin, bucket: 'b', accessToken: async (...request) => ({ token: give(...request) }) }),
    ],
    ['azureStorage, token', (origin: string, token: Give) => azureStorage({ baseURL: origin, container: 'c', token })],
    [
      'azureStorage, sas',
      (origin: string, give: Give) =>
        azureStorage({ baseURL: origin, container: 'c', sas: (...request) => `sig=${give(...request)}` }),
    ],
  ])('of %s is asked for afresh after a 401', async (_name, make) => {
    await using store = await startStore(401, '');
    const { give, told } = renewable();
    expect(await download(make(store.origin, give), delivery)).toEqual({ status: 200, text: 'content', attempts: 2 });
    expect(told).toEqual([undefined, { refused: true, attempt: 2 }]);
  });

  const azure = { 'x-ms-error-code': 'AuthenticationFailed' };

  it.each(['GET', 'HEAD'])('of azureStorage is renewed when a signature has expired: %s', async (method) => {
    await using store = await startStore(403, '', azure);
    const { give, told } = renewable();
    const sas: Give = (...request) => `sig=${give(...request)}`;
    const provider = azureStorage({ baseURL: store.origin, container: 'c', sas });
    expect(await download(provider, delivery, method)).toMatchObject({ status: 200, attempts: 2 });
    expect(told).toEqual([undefined, { refused: true, attempt: 2 }]);
  });

  it.each([
    ['sas', { sas: 'sig=old' }],
    ['accountKey', { account: 'acct', accountKey: 'a2V5' }],
    ['connectionString', { connectionString: 'AccountName=acct;AccountKey=a2V5;BlobEndpoint=' }],
  ])('of azureStorage that is fixed is not sent twice, whatever its time: %s', async (option, credential) => {
    await using store = await startContentProvider();
    let now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
    try {
      store.respond = (_request, response) => {
        now += 2_000;
        response.writeHead(403, azure).end();
      };
      const place =
        option === 'connectionString'
          ? { connectionString: `${(credential as { connectionString: string }).connectionString}${store.origin}` }
          : { ...credential, baseURL: store.origin };
      const provider = azureStorage({ container: 'c', ...place });
      expect(await download(provider, delivery)).toMatchObject({ status: 502, attempts: 1 });
      expect(store.requests).toHaveLength(1);
    } finally {
      clock.mockRestore();
    }
  });

  it('of S3 is renewed after a HEAD, whose 400 has no code', async () => {
    await using store = await startStore(400, '');
    const { give, told } = renewable();
    const credentials = (request?: AWSCredentialRequest) => ({ accessKeyId: give(request), secretAccessKey: 's' });
    const provider = s3({ region: 'eu-central-1', bucket: 'b', baseURL: store.origin, credentials });
    expect(await download(provider, delivery, 'HEAD')).toMatchObject({ status: 200, attempts: 2 });
    expect(told).toHaveLength(2);
  });

  it.each([
    ['TokenRefreshRequired', 400, 2],
    ['InvalidClientTokenId', 403, 2],
    ['RequestExpired', 403, 1],
    ['AuthorizationHeaderMalformed', 400, 1],
  ])('of S3 is asked for afresh where a new one may help: %s', async (code, status, attempts) => {
    await using store = await startStore(status, EXPIRED.replace('ExpiredToken', code));
    const { give } = renewable();
    const credentials = (request?: AWSCredentialRequest) => ({ accessKeyId: give(request), secretAccessKey: 's' });
    const provider = s3({ region: 'eu-central-1', bucket: 'b', baseURL: store.origin, credentials });
    expect((await download(provider, delivery)).attempts).toBe(attempts);
  });

  it.each([
    ['xai', (baseURL: string, apiKey: Give) => xai({ baseURL, apiKey }), '{"error":"Incorrect API key provided: x"}'],
    ['openai', (baseURL: string, apiKey: Give) => openai({ baseURL, apiKey }), '{"error":{"code":"invalid_api_key"}}'],
    [
      'gemini',
      (baseURL: string, apiKey: Give) => gemini({ baseURL, apiKey }),
      '{"error":{"message":"API key expired. Please renew the API key.","status":"INVALID_ARGUMENT"}}',
    ],
  ])('of %s is asked for afresh after a 400 about the key', async (_name, make, body) => {
    await using store = await startContentProvider();
    store.respond = ({ headers }, response) => {
      const isOld =
        (headers['x-goog-api-key'] ?? headers.authorization) !== 'new' && headers.authorization !== 'Bearer new';
      if (isOld) response.writeHead(400).end(body);
      else response.writeHead(200, { 'content-length': '7' }).end('content');
    };
    const { give, told } = renewable();
    expect(await download(make(store.origin, give), delivery)).toEqual({ status: 200, text: 'content', attempts: 2 });
    expect(told).toHaveLength(2);
  });
});
