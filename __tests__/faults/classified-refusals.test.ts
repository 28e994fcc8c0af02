import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LocatedProvider, openaiCompatible, type RefusalMeaning, type TransferRecord } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { startGateway } from '../support/gateway';
import { serve } from '../support/local-server';

interface Seen {
  readonly status: number;
  readonly body: string;
  readonly record: TransferRecord;
}

interface Refusal {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'HEAD';
}

/** What the client and the record get of a provider's refusal that `classify` reads. */
async function ask(
  delivery: 'stream' | 'buffer',
  { status, body = '', headers = {}, method = 'GET' }: Refusal,
  classifyRefusal?: LocatedProvider['classifyRefusal'],
): Promise<Seen> {
  const server = createServer((_req, res) => res.writeHead(status, headers).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const plain = openaiCompatible({ name: 'held', baseURL, apiKey: PROVIDER_KEY });
  const provider = classifyRefusal === undefined ? plain : { ...plain, classifyRefusal };
  await using gateway = await startGateway({ resolveProvider: () => ({ provider, delivery }) });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { method });
  const text = await response.text();
  const [record] = await gateway.recorded(1);
  server.closeAllConnections();
  server.close();
  return { status: response.status, body: text, record: record! };
}

function unreadable(): never {
  throw new Error('unreadable');
}

const S3_EXPIRED = {
  status: 400,
  body: '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>',
};

describe.each(['stream', 'buffer'] as const)('a classified refusal, delivery %s', (delivery) => {
  it.each<[RefusalMeaning['code'], number, number]>([
    ['provider_auth_failed', 400, 502],
    ['file_not_found', 403, 404],
    ['rate_limited', 503, 429],
    ['overloaded', 400, 503],
    ['provider_error', 409, 409],
    ['provider_error', 403, 403],
    ['provider_error', 401, 502],
    ['provider_error', 407, 502],
  ])('is %s: the provider says %i, the client gets %i', async (code, given, expected) => {
    const seen = await ask(delivery, { status: given }, () => ({ code }));
    expect(seen.status).toBe(expected);
    expect(seen.record).toMatchObject({ outcome: 'upstream_error', upstreamStatus: given, error: { code } });
  });

  it('names the provider’s code in the record and not to the client', async () => {
    const seen = await ask(delivery, S3_EXPIRED, (_response, body) =>
      body.includes('ExpiredToken') ? { code: 'provider_auth_failed' } : undefined,
    );
    expect(seen).toMatchObject({ status: 502, record: { upstreamCode: 'ExpiredToken' } });
    expect(seen.body).not.toContain('xpired');
  });

  it('may name the code and the message itself; both are redacted', async () => {
    const seen = await ask(delivery, S3_EXPIRED, () => ({
      code: 'provider_error',
      upstreamCode: 'Own Code',
      message: `Own words, ${PROVIDER_KEY}.`,
    }));
    expect(JSON.parse(seen.body)).toMatchObject({ error: { message: 'Own words, [redacted].' } });
    expect(seen.record.upstreamCode).toBe('Own_Code');
  });

  it('sends the same bytes for every file that is not found', async () => {
    const plain = await ask(delivery, { status: 404, body: '{"error":{"message":"secret"}}' });
    const own = await ask(delivery, { status: 403 }, () => ({ code: 'file_not_found', message: 'not yours' }));
    expect(own.body).toBe(plain.body);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'throws a value that cannot be read',
      () => {
        throw new Proxy({}, { getPrototypeOf: unreadable });
      },
    ],
    ['returns a string', () => 'file_not_found'],
    ['returns an unknown code', () => ({ code: 'toString' })],
    ['returns a message that is not a string', () => ({ code: 'file_not_found', message: 1 })],
    ['returns a promise', () => Promise.reject(new Error('broken'))],
  ])('is read by its status when the function %s, and the record says so', async (_what, classify) => {
    const seen = await ask(delivery, { status: 403 }, classify as LocatedProvider['classifyRefusal']);
    expect(seen.status).toBe(502);
    expect(seen.record.error).toMatchObject({
      code: 'provider_auth_failed',
      cause: { message: expect.stringMatching(/^held answered with status 403; .*classifyRefusal\(\)/) },
    });
  });

  it('is read by its status where the function says nothing', async () => {
    expect(await ask(delivery, { status: 403 }, () => undefined)).toMatchObject({ status: 502 });
  });

  it('has the code of a HEAD in its header', async () => {
    const headers = { 'x-ms-error-code': 'BlobNotFound' };
    const seen = await ask(delivery, { status: 404, headers, method: 'HEAD' });
    expect(seen).toMatchObject({ status: 404, record: { upstreamCode: 'BlobNotFound' } });
  });

  it('has no code that holds a secret', async () => {
    const seen = await ask(delivery, { status: 400, body: JSON.stringify({ error: { code: PROVIDER_KEY } }) });
    expect(seen.record).not.toHaveProperty('upstreamCode');
  });
});

it('refuses a classifyRefusal that is not a function', async () => {
  const provider = { ...openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9' }), classifyRefusal: 'x' };
  await using gateway = await startGateway({ resolveProvider: () => provider as object as LocatedProvider });
  expect((await fetch(`${gateway.origin}/v1/files/file-1/content`)).status).toBe(500);
  const [record] = await gateway.recorded(1);
  expect(record?.error?.cause?.message).toMatch(/"classifyRefusal" must be a function/);
});

it('is not retried if its code says that a retry cannot succeed', async () => {
  let requests = 0;
  await using upstream = await serve((_req, res) => {
    requests += 1;
    res.writeHead(503).end();
  });
  const plain = openaiCompatible({ name: 'held', baseURL: upstream.origin });
  const provider: LocatedProvider = { ...plain, classifyRefusal: () => ({ code: 'file_not_found' }) };
  await using gateway = await startGateway({
    resolveProvider: () => ({ provider, delivery: 'buffer' }),
    buffer: { retries: 2 },
  });
  expect((await fetch(`${gateway.origin}/v1/files/file-1/content`)).status).toBe(404);
  expect(requests).toBe(1);
});
