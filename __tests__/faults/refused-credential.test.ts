import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Credential,
  type CredentialRequest,
  type LocatedProvider,
  type LocateRequest,
  openaiCompatible,
  s3,
} from '../../lib/index';
import { startGateway } from '../support/gateway';

interface Origin extends AsyncDisposable {
  readonly url: string;
  /** `authorization` of each request. */
  readonly credentials: (string | undefined)[];
  readonly requests: IncomingMessage[];
}

/** A provider that accepts `Bearer new` alone. */
async function startOrigin(
  refuse: (req: IncomingMessage, res: ServerResponse) => void = (_req, res) => void res.writeHead(401).end(),
): Promise<Origin> {
  const requests: IncomingMessage[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    credentials.push(req.headers.authorization);
    if (req.headers.authorization !== 'Bearer new') refuse(req, res);
    else if (req.headers.range === undefined) res.writeHead(200, { 'content-length': 7 }).end('content');
    else res.writeHead(206, { 'content-range': 'bytes 0-2/7', 'content-length': 3 }).end('con');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    credentials,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A function that keeps its token until it hears that it was refused. */
function cachedToken(): { apiKey: Credential; calls: (CredentialRequest | undefined)[] } {
  const calls: (CredentialRequest | undefined)[] = [];
  return {
    calls,
    apiKey(...given) {
      calls.push(given[0]);
      expect(given).toHaveLength(given[0] === undefined ? 0 : 1);
      return given[0]?.refused ? 'new' : 'old';
    },
  };
}

function expired(status: number, body: string) {
  return (_req: IncomingMessage, res: ServerResponse): void => void res.writeHead(status).end(body);
}

const S3_EXPIRED = '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>';

describe.each(['stream', 'buffer'] as const)('a refused credential, delivery %s', (delivery) => {
  async function download(provider: LocatedProvider, init: RequestInit = {}) {
    await using gateway = await startGateway({ resolveProvider: () => ({ provider, delivery }) });
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, init);
    const body = await response.text();
    const [record] = await gateway.recorded(1);
    expect(gateway.starts).toHaveLength(1);
    return { status: response.status, body, record: record! };
  }

  it.each<[string, RequestInit, number, string]>([
    ['GET', {}, 200, 'content'],
    ['HEAD', { method: 'HEAD' }, 200, ''],
    ['a range', { headers: { range: 'bytes=0-2' } }, 206, 'con'],
  ])('is asked for once more, and the client sees nothing of it: %s', async (_what, init, status, body) => {
    await using origin = await startOrigin();
    const { apiKey, calls } = cachedToken();
    const seen = await download(openaiCompatible({ name: 'held', baseURL: origin.url, apiKey }), init);
    expect(seen).toMatchObject({ status, body, record: { outcome: 'completed', attempts: 2, complete: 'yes' } });
    expect(seen.record).not.toHaveProperty('error');
    expect(seen.record).not.toHaveProperty('upstreamCode');
    expect(calls).toEqual([undefined, { refused: true, attempt: 2 }]);
    expect(origin.credentials).toEqual(['Bearer old', 'Bearer new']);
    expect(origin.requests.map(({ method }) => method)).toEqual(Array(2).fill(init.method ?? 'GET'));
  });

  it('is requested once more and no more often', async () => {
    await using origin = await startOrigin(expired(401, '{"error":{"code":"invalid_api_key"}}'));
    let calls = 0;
    const apiKey = (): string => {
      calls += 1;
      return `wrong-${calls}`;
    };
    const seen = await download(openaiCompatible({ name: 'held', baseURL: origin.url, apiKey }));
    expect(seen).toMatchObject({
      status: 502,
      record: {
        attempts: 2,
        upstreamStatus: 401,
        upstreamCode: 'invalid_api_key',
        error: { code: 'provider_auth_failed' },
      },
    });
    expect(calls).toBe(2);
  });

  it.each<[string, Credential | undefined, number]>([
    ['a plain string', 'old', 0],
    ['none', undefined, 0],
    ['a function that knows no other', () => 'old', 2],
  ])('is not sent twice: %s', async (_what, apiKey, calls) => {
    await using origin = await startOrigin();
    let called = 0;
    const counted =
      typeof apiKey === 'function'
        ? () => {
            called += 1;
            return apiKey();
          }
        : apiKey;
    const seen = await download(
      openaiCompatible({ name: 'held', baseURL: origin.url, ...(counted !== undefined && { apiKey: counted }) }),
    );
    expect(seen).toMatchObject({ status: 502, record: { attempts: 1 } });
    expect(called).toBe(calls);
  });

  it('may be refused with another status, where the provider’s code says that it has expired', async () => {
    await using origin = await startOrigin(expired(400, S3_EXPIRED));
    const plain = openaiCompatible({ name: 'held', baseURL: origin.url, apiKey: cachedToken().apiKey });
    const seen = await download({
      ...plain,
      classifyRefusal: ({ status }) => (status === 400 ? { code: 'provider_auth_failed' } : undefined),
    });
    expect(seen).toMatchObject({ status: 200, body: 'content', record: { attempts: 2 } });
  });

  it.each([
    ['a 403, which says that a permission is missing', 403, ''],
    ['a 400 that is not about the credential', 400, S3_EXPIRED],
  ])('is not asked for again after %s', async (_what, status, body) => {
    await using origin = await startOrigin(expired(status, body));
    const { apiKey, calls } = cachedToken();
    await download(openaiCompatible({ name: 'held', baseURL: origin.url, apiKey }));
    expect(calls).toEqual([undefined]);
  });

  it('is passed to a provider that the gateway wrote', async () => {
    await using origin = await startOrigin();
    const asked: Pick<LocateRequest, 'attempt' | 'refusedCredential'>[] = [];
    const seen = await download({
      name: 'own',
      streaming: true,
      locate({ attempt, refusedCredential }) {
        asked.push({ attempt, ...(refusedCredential !== undefined && { refusedCredential }) });
        return { url: `${origin.url}/x`, headers: { authorization: refusedCredential ? 'Bearer new' : 'Bearer old' } };
      },
    });
    expect(seen.status).toBe(200);
    expect(asked).toEqual([{ attempt: 1 }, { attempt: 2, refusedCredential: true }]);
  });

  it('is a failure of the gateway’s when the function fails then', async () => {
    await using origin = await startOrigin();
    const seen = await download(
      openaiCompatible({
        name: 'held',
        baseURL: origin.url,
        apiKey: (request) => {
          if (request?.refused) throw new Error('no other');
          return 'old';
        },
      }),
    );
    expect(seen).toMatchObject({
      status: 500,
      record: { outcome: 'resolver_failed', attempts: 1, error: { cause: { message: 'no other' } } },
    });
  });

  it('begins again before the redirect', async () => {
    const paths: (string | undefined)[] = [];
    await using store = await startOrigin((req, res) => {
      paths.push(req.url);
      if (req.url === '/v1/files/file-1/content') res.writeHead(302, { location: '/moved' }).end();
      else res.writeHead(401).end();
    });
    const plain = openaiCompatible({ name: 'held', baseURL: store.url, apiKey: cachedToken().apiKey });
    const seen = await download({ ...plain, redirects: 'follow' });
    expect(seen).toMatchObject({ status: 200, record: { attempts: 3 } });
    expect(paths).toEqual(['/v1/files/file-1/content', '/moved']);
    expect(store.requests[2]?.url).toBe('/v1/files/file-1/content');
  });
});

describe.each(['stream', 'buffer'] as const)('a fixed key that signs the time, delivery %s', (delivery) => {
  it.each<[string, (baseURL: string) => LocatedProvider]>([
    [
      's3',
      (baseURL) =>
        s3({ baseURL, region: 'eu-west-1', bucket: 'b', credentials: { accessKeyId: 'a', secretAccessKey: 's' } }),
    ],
    [
      'one’s own',
      (baseURL) => ({
        name: 'own',
        streaming: true,
        renewsCredential: false,
        locate: ({ attempt }) => ({ url: baseURL, headers: { 'x-signature': `${attempt}` } }),
      }),
    ],
  ])('is not asked for again: %s', async (_what, make) => {
    await using origin = await startOrigin(expired(401, S3_EXPIRED));
    const provider = make(origin.url);
    await using gateway = await startGateway({ resolveProvider: () => ({ provider, delivery }) });
    expect((await fetch(`${gateway.origin}/v1/files/file-1/content`)).status).toBe(502);
    expect(origin.requests).toHaveLength(1);
  });
});

it('refuses a renewsCredential that is not a boolean', async () => {
  const provider = { ...openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9' }), renewsCredential: 'no' };
  await using gateway = await startGateway({ resolveProvider: () => provider as object as LocatedProvider });
  expect((await fetch(`${gateway.origin}/v1/files/file-1/content`)).status).toBe(500);
  const [record] = await gateway.recorded(1);
  expect(record?.error?.cause?.message).toMatch(/"renewsCredential" must be true or false/);
});
