import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import type { LocatedProvider, PresignRequest, Provider, Resolution } from '../../lib/index';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { pending } from '../support/pending';
import { rawRequest } from '../support/raw-client';

const run = promisify(execFile);
const CLIENT_KEY = 'sk-client-of-the-gateway';

/** A store on an origin of its own, which remembers what it was asked. */
async function startStore() {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    const isPart = req.headers.range === 'bytes=2-4';
    if (isPart) res.setHeader('content-range', 'bytes 2-4/7');
    const body = isPart ? 'nte' : 'content';
    res.writeHead(isPart ? 206 : 200, { 'content-length': body.length, 'content-type': 'text/csv' });
    res.end(req.method === 'HEAD' ? undefined : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const SIGNATURE = 'abcdef0123456789abcdef0123456789';

/** A provider whose URLs are signed. */
function signing(origin: string, seen: PresignRequest[] = [], more: Partial<LocatedProvider> = {}): LocatedProvider {
  return {
    name: 'store',
    streaming: true,
    locate: () => ({ url: `${origin}/located` }),
    presign(request) {
      seen.push(request);
      return { url: `${origin}/${request.fileId}?X-Amz-Signature=${SIGNATURE}&method=${request.method}` };
    },
    ...more,
  };
}

async function redirecting(
  origin: string,
  {
    seen = [],
    resolution = {},
    provider = signing(origin, seen),
    ...options
  }: Partial<GatewayOptions> & {
    seen?: PresignRequest[];
    resolution?: Partial<Resolution>;
    provider?: Provider;
  } = {},
) {
  return await startGateway({ resolveProvider: () => ({ provider, delivery: 'redirect', ...resolution }), ...options });
}

describe('T6: the redirect of a client', () => {
  it.each(['GET', 'HEAD'])('to %s has the signed URL and nothing to store', async (method) => {
    const seen: PresignRequest[] = [];
    await using gateway = await redirecting('https://store.test', {
      seen,
      resolution: {
        tenant: 't1',
        responseHeaders: { 'x-gateway': 'g', 'cache-control': 'public', etag: '"x"', 'content-type': 'text/html' },
      },
    });
    const { response } = await rawRequest(gateway.port, { method, path: '/v1/files/file-1/content?a=b' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toEqual([
      `https://store.test/file-1?X-Amz-Signature=${SIGNATURE}&method=${method}`,
    ]);
    expect(response.headers.get('cache-control')).toEqual(['no-store']);
    expect(response.headers.get('referrer-policy')).toEqual(['no-referrer']);
    expect(response.headers.get('content-length')).toEqual(['0']);
    expect(response.headers.get('x-gateway')).toEqual(['g']);
    for (const name of ['etag', 'content-type', 'content-disposition']) expect(response.headers.has(name)).toBe(false);
    expect(seen).toMatchObject([{ method, fileId: 'file-1', disposition: 'attachment', expiresInSeconds: 60 }]);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({
      outcome: 'handed_over',
      status: 302,
      delivery: 'redirect',
      via: 'redirect',
      upstreamOrigin: 'https://store.test',
      bytesSent: 0,
      complete: 'unknown',
      attempts: 0,
      tenant: 't1',
    });
    expect(gateway.starts).toMatchObject([{ delivery: 'redirect', upstreamOrigin: 'https://store.test' }]);
    expect(JSON.stringify(gateway.records)).not.toContain(SIGNATURE);
  });

  it.each([
    [
      { disposition: 'inline', contentType: 'image/png', filename: 'a.png' },
      { disposition: 'inline', contentType: 'image/png', filename: 'a.png' },
    ],
    [
      { disposition: 'inline', contentType: 'from-name', filename: 'a.png' },
      { disposition: 'inline', contentType: 'image/png' },
    ],
    [
      { disposition: 'inline', contentType: 'text/html' },
      { disposition: 'attachment', contentType: 'text/html' },
    ],
    [{ disposition: 'inline', contentType: 'from-name', filename: 'a.svg' }, { disposition: 'attachment' }],
    // The store's own type is whatever its uploader declared.
    [
      { disposition: 'inline', filename: 'a.png' },
      { disposition: 'attachment', filename: 'a.png' },
    ],
    [{ contentType: 'application/x-xpinstall' }, { contentType: 'application/octet-stream' }],
  ] as const)('of %j asks to sign %j', async (resolution, expected) => {
    const seen: PresignRequest[] = [];
    await using gateway = await redirecting('https://store.test', {
      seen,
      resolution,
      redirect: { expiresInSeconds: 5 },
    });
    await rawRequest(gateway.port);
    expect(seen).toMatchObject([{ ...expected, expiresInSeconds: 5 }]);
  });

  it.each<[string, Partial<LocatedProvider>, number, RegExp]>([
    [
      'throws',
      {
        presign: () => {
          throw new Error('boom');
        },
      },
      500,
      /boom/,
    ],
    [
      'returns no URL',
      { presign: () => ({ url: 'x' }) },
      500,
      /presign\(\) returned a "url" that is not an absolute URL/,
    ],
    ['returns another scheme', { presign: () => ({ url: 'javascript:alert(1)' }) }, 500, /the scheme javascript:/],
    ['returns a password', { presign: () => ({ url: 'https://a:b@store.test/' }) }, 500, /user name or password/],
    [
      'returns headers',
      { presign: () => ({ url: 'https://store.test/', headers: {} }) as never },
      500,
      /presign\(\) returned "headers", which a client cannot be made to send/,
    ],
    ['returns nothing', { presign: () => undefined as never }, 500, /presign\(\) returned undefined; write \{ url \}/],
    [
      'is of another origin',
      { presign: () => ({ url: 'https://other.test/' }) },
      500,
      /"allowedOrigins" does not list/,
    ],
    ['never settles', { presign: () => pending() }, 504, /./],
  ])('a presign that %s is an error', async (_what, more, status, message) => {
    await using gateway = await redirecting('https://store.test', {
      provider: signing('https://store.test', [], more),
      allowedOrigins: ['https://store.test'],
      timeouts: { resolve: 50 },
    });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(status);
    expect(response.headers.has('location')).toBe(false);
    const [record] = await gateway.recorded(1);
    expect(record?.outcome).toBe('resolver_failed');
    if (status === 500) expect(record?.error?.cause?.message).toMatch(message);
  });

  it.each<[string, Provider, RegExp]>([
    ['cannot sign', { ...signing('https://store.test'), presign: undefined }, /cannot redirect: it has no "presign"/],
    ['transforms', signing('https://store.test', [], { transform: () => new PassThrough() }), /it changes the content/],
    ['converts', signing('https://store.test', [], { convert: (content) => content }), /it changes the content/],
    [
      'is a function',
      { name: 'f', streaming: false, fetchContent: () => ({ body: new Uint8Array() }) },
      /its content comes from a function/,
    ],
  ])('is a clear TypeError for a provider that %s', async (_what, provider, message) => {
    await using gateway = await redirecting('', { provider });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(500);
    const [record] = await gateway.recorded(1);
    expect(record?.error?.cause).toMatchObject({ name: 'TypeError', message: expect.stringMatching(message) });
  });
});

describe('clients follow it, and the store does not see the gateway’s key', () => {
  const clients: readonly [string, (url: string) => Promise<string>][] = [
    [
      'fetch',
      async (url) =>
        (await fetch(`${url}/files/file-1/content`, { headers: { authorization: `Bearer ${CLIENT_KEY}` } })).text(),
    ],
    [
      'openai-node',
      async (url) => (await new OpenAI({ apiKey: CLIENT_KEY, baseURL: url }).files.content('file-1')).text(),
    ],
  ];

  function expectNoKey({ rawHeaders, url }: IncomingMessage): void {
    expect(rawHeaders.join('\n') + url).not.toContain(CLIENT_KEY);
  }

  it.each(clients)('%s', async (_name, download) => {
    await using store = await startStore();
    await using gateway = await redirecting(store.origin);
    expect(await download(`${gateway.origin}/v1`)).toBe('content');
    expect(store.requests).toHaveLength(1);
    store.requests.forEach(expectNoKey);
  });

  it('with a Range and with HEAD', async () => {
    await using store = await startStore();
    await using gateway = await redirecting(store.origin);
    const url = `${gateway.origin}/v1/files/file-1/content`;
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, 'nte']);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '7']);
    expect(store.requests.map(({ method, url: target }) => [method, target?.split('method=')[1]])).toEqual([
      ['GET', 'GET'],
      ['HEAD', 'HEAD'],
    ]);
  });

  const hasCurl = spawnSync('curl', ['--version']).status === 0;
  (hasCurl ? it : it.skip)('curl (skipped where it is not installed)', async () => {
    await using store = await startStore();
    await using gateway = await redirecting(store.origin);
    const url = `${gateway.origin}/v1/files/file-1/content`;
    const { stdout } = await run('curl', ['-sSL', '-H', `Authorization: Bearer ${CLIENT_KEY}`, '-r', '2-4', url]);
    expect(stdout).toBe('nte');
    store.requests.forEach(expectNoKey);
  });

  const python = process.env['PYTHON'] ?? 'python3';
  const hasSDK = spawnSync(python, ['-c', 'import openai']).status === 0;
  (hasSDK ? it : it.skip)('openai-python (skipped where it is not installed)', async () => {
    await using store = await startStore();
    await using gateway = await redirecting(store.origin);
    const script = [
      'import openai, sys',
      'client = openai.OpenAI(api_key=sys.argv[1], base_url=sys.argv[2])',
      'sys.stdout.write(client.files.content("file-1").text)',
    ].join('\n');
    const { stdout } = await run(python, ['-c', script, CLIENT_KEY, `${gateway.origin}/v1`]);
    expect(stdout).toBe('content');
    store.requests.forEach(expectNoKey);
  });
});
