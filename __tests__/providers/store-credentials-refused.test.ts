import {
  type AWSCredentialRequest,
  azureStorage,
  type CredentialRequest,
  gcs,
  type LocatedProvider,
  s3,
} from '../../lib';
import { type CapturingProvider, startCapturingProvider } from '../support/capturing-provider';
import { startGateway } from '../support/gateway';

type Give = (request?: CredentialRequest) => string;

const HOUR = 3_600_000;

/** A store that refuses the credential `old`, which every request carries somewhere. */
async function startStore(status: number, body: string): Promise<CapturingProvider> {
  const store = await startCapturingProvider();
  store.answer = (request, response) => {
    const isOld = /\bold\b/.test(`${request.url} ${request.headers.authorization}`);
    if (isOld) response.writeHead(status).end(body);
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

async function download(provider: LocatedProvider, delivery: 'stream' | 'buffer') {
  await using gateway = await startGateway({ resolveProvider: () => ({ provider, delivery }) });
  const response = await fetch(`${gateway.origin}/v1/files/k/content`);
  return { status: response.status, text: await response.text(), attempts: gateway.records[0]?.attempts };
}

const EXPIRED = '<Error><Code>ExpiredToken</Code><Message>M</Message></Error>';

describe.each(['stream', 'buffer'] as const)('a credential that is refused, delivery %s', (delivery) => {
  it('of S3 is asked for afresh, although it has not expired by its own word', async () => {
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
});
