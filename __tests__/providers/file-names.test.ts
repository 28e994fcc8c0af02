import type { ServerResponse } from 'node:http';
import {
  azureOpenAI,
  hostedVllm,
  type LocatedProvider,
  openai,
  openaiCompatible,
  type Resolution,
} from '../../lib/index';
import { type FakeProvider, type FakeResponder, fakeProvider } from '../../lib/testing/index';
import { DELIVERIES } from '../support/deliveries';
import { patternBytes } from '../support/download';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

const METADATA = { id: 'file-1', object: 'file', filename: 'Bericht ü.csv' };
const NAMED = `attachment; filename="Bericht _.csv"; filename*=UTF-8''Bericht%20%C3%BC.csv`;

interface Said {
  readonly metadata?: FakeResponder;
  readonly headers?: Record<string, string>;
  readonly content?: Buffer;
  readonly status?: number;
}

/** Sends content without a name, and metadata with one. */
function says({ metadata, headers = {}, content = Buffer.from('content'), status = 200 }: Said = {}): FakeResponder {
  return (req, res) => {
    if (req.url?.split('?')[0]?.endsWith('/content')) {
      res.writeHead(status, { 'content-type': 'application/octet-stream', ...headers });
      res.end(req.method === 'HEAD' || status === 304 ? undefined : content);
    } else if (metadata === undefined) res.end(JSON.stringify(METADATA));
    else void metadata(req, res);
  };
}

async function downloading(
  respond: FakeResponder,
  {
    make = (upstream) => openai({ apiKey: 'key', baseURL: upstream.baseURL, fetchFilename: true }),
    resolution = {},
    ...options
  }: Partial<GatewayOptions> & {
    make?: (upstream: FakeProvider) => LocatedProvider;
    resolution?: Partial<Resolution>;
  } = {},
) {
  const upstream = await fakeProvider({ respond });
  const provider = make(upstream);
  const gateway = await startGateway({ resolveProvider: () => ({ provider, ...resolution }), ...options });
  return {
    upstream,
    gateway,
    urls: () => upstream.requests.map(({ method, url }) => `${method} ${url}`),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream.close();
    },
  };
}

describe.each(DELIVERIES)('a file whose content has no name (%s)', (delivery) => {
  it.each(['GET', 'HEAD'])('gets that of its metadata (%s)', async (method) => {
    await using running = await downloading(says(), { resolution: { delivery } });
    const { response } = await rawRequest(running.gateway.port, { method });
    expect([response.status, response.headers.get('content-disposition')]).toEqual([200, [NAMED]]);
    expect(running.urls()).toEqual([`${method} /v1/files/file-1/content`, 'GET /v1/files/file-1']);
    expect(running.upstream.requests[1]?.headers).toMatchObject({ authorization: 'Bearer key' });
    const [record] = await running.gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'completed', attempts: 1 });
  });

  it('gets its type from that name, and may be shown by it', async () => {
    await using running = await downloading(says({ metadata: (_req, res) => res.end('{"filename":"a.png"}') }), {
      resolution: { delivery, contentType: 'from-name', disposition: 'inline' },
    });
    const { response } = await rawRequest(running.gateway.port);
    expect(response.headers.get('content-disposition')).toEqual(['inline; filename="a.png"']);
    expect(response.headers.get('content-type')).toEqual(['image/png']);
  });

  it.each<[string, FakeResponder]>([
    ['are refused', (_req, res) => res.writeHead(500).end('{"error":{"message":"key"}}')],
    ['are missing', (_req, res) => res.writeHead(404).end()],
    ['are no JSON', (_req, res) => res.end('<html>')],
    ['have no name', (_req, res) => res.end('{"object":"file"}')],
    ['have an empty name', (_req, res) => res.end('{"filename":""}')],
    ['have an invalid name', (_req, res) => res.end('{"filename":7}')],
    ['are null', (_req, res) => res.end('null')],
    ['break off', (req) => req.socket.destroy()],
  ])('is downloaded as well where its metadata %s', async (_what, metadata) => {
    await using running = await downloading(says({ metadata }), { resolution: { delivery } });
    const { response } = await rawRequest(running.gateway.port);
    expect([response.status, response.body.toString()]).toEqual([200, 'content']);
    expect(response.headers.get('content-disposition')).toEqual(['attachment']);
    expect(await running.gateway.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
  });

  it('is whole, however large it is', async () => {
    const content = patternBytes(3 * 1024 * 1024);
    const headers = { 'content-length': String(content.length) };
    await using running = await downloading(says({ content, headers }), { resolution: { delivery } });
    const response = await fetch(`${running.gateway.origin}/v1/files/file-1/content`);
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    expect(response.headers.get('content-disposition')).toBe(NAMED);
  });

  it('is not waited for by a client that has left', async () => {
    await using running = await downloading(says({ metadata: () => undefined }), { resolution: { delivery } });
    const controller = new AbortController();
    const left = fetch(`${running.gateway.origin}/v1/files/file-1/content`, { signal: controller.signal });
    await running.upstream.requestsReceived(2);
    controller.abort();
    await expect(left).rejects.toThrow(/abort/);
    expect(await running.upstream.requests[1]?.ended).toBe('aborted');
    expect(await running.gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status: 499 }]);
  });

  it.each<[string, Said, Partial<Resolution>]>([
    ['the response', { headers: { 'content-disposition': 'attachment; filename="x.csv"' } }, {}],
    ['the resolution', {}, { filename: 'x.csv' }],
    [
      'the headers of the resolution',
      {},
      { responseHeaders: { 'content-disposition': 'attachment; filename="x.csv"' } },
    ],
  ])('is not asked for where %s has one', async (_whose, said, resolution) => {
    await using running = await downloading(says(said), { resolution: { delivery, ...resolution } });
    const { response } = await rawRequest(running.gateway.port);
    expect(response.headers.get('content-disposition')).toEqual(['attachment; filename="x.csv"']);
    expect(running.upstream.requests).toHaveLength(1);
  });
});

it('a streamed file never looks complete if it is cut off while its name is requested', async () => {
  let content: ServerResponse | undefined;
  await using running = await downloading((req, res) => {
    if (req.url?.endsWith('/content')) {
      content = res.writeHead(200, { 'content-length': '1000' });
      res.write('0123456789');
    } else {
      content?.once('close', () => res.end(JSON.stringify(METADATA)));
      content?.destroy();
    }
  });
  const { response } = await rawRequest(running.gateway.port);
  expect(response.status === 502 || !response.complete).toBe(true);
  expect(await running.gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_truncated', complete: 'no' }]);
});

it('a 304 has no name, so none is requested', async () => {
  await using running = await downloading(says({ status: 304 }));
  const { response } = await rawRequest(running.gateway.port, { headers: ['If-None-Match: "v1"'] });
  expect(response.status).toBe(304);
  expect(running.upstream.requests).toHaveLength(1);
});

it('a file that is refused is not asked for its name', async () => {
  await using running = await downloading(says({ status: 404 }));
  expect((await rawRequest(running.gateway.port)).response.status).toBe(404);
  expect(running.upstream.requests).toHaveLength(1);
});

it('is requested once, however often the content is fetched', async () => {
  let fetched = 0;
  await using running = await downloading(
    (req, res) => {
      const isContent = req.url?.endsWith('/content') === true;
      if (isContent) fetched += 1;
      if (isContent && fetched === 1) res.writeHead(503, { 'retry-after': '0' }).end();
      else void says()(req, res);
    },
    { resolution: { delivery: 'buffer' } },
  );
  expect((await rawRequest(running.gateway.port)).response.status).toBe(200);
  expect(running.urls().map((url) => url.split('/').at(-1))).toEqual(['content', 'content', 'file-1']);
});

it.each<[string, (upstream: FakeProvider) => LocatedProvider, string | undefined]>([
  ['openai', ({ baseURL }) => openai({ apiKey: 'k', baseURL, fetchFilename: true }), '/v1/files/file-1'],
  [
    'openaiCompatible',
    ({ baseURL }) => openaiCompatible({ name: 'n', baseURL: `${baseURL}?a=b`, fetchFilename: true }),
    '/v1/files/file-1?a=b',
  ],
  ['hostedVllm', ({ baseURL }) => hostedVllm({ baseURL, fetchFilename: true }), '/v1/files/file-1'],
  [
    'azureOpenAI',
    ({ origin }) => azureOpenAI({ endpoint: origin, apiKey: 'k', apiVersion: '2024-10-21', fetchFilename: true }),
    '/openai/files/file-1?api-version=2024-10-21',
  ],
  ['openai without the option', ({ baseURL }) => openai({ apiKey: 'k', baseURL }), undefined],
])('%s asks its own metadata', async (_name, make, url) => {
  await using running = await downloading(says(), { make });
  await rawRequest(running.gateway.port);
  expect(running.upstream.requests[1]?.url).toBe(url);
});

it('a file of a container has the last part of its path for a name', async () => {
  await using running = await downloading(says({ metadata: (_req, res) => res.end('{"path":"/mnt/data/plot.png"}') }), {
    resources: ['containers'],
  });
  const { response } = await rawRequest(running.gateway.port, { path: '/v1/containers/c-1/files/f-1/content' });
  expect(response.headers.get('content-disposition')).toEqual(['attachment; filename="plot.png"']);
  expect(running.urls()[1]).toBe('GET /v1/containers/c-1/files/f-1');
});

it('videos have no names', async () => {
  await using running = await downloading(says(), { resources: ['videos'] });
  const { response } = await rawRequest(running.gateway.port, { path: '/v1/videos/v-1/content' });
  expect([response.status, response.headers.get('content-disposition')]).toEqual([200, ['attachment']]);
  expect(running.upstream.requests).toHaveLength(1);
});

it('fetchFilename is a switch', () => {
  expect(() => openai({ apiKey: 'k', fetchFilename: 'yes' as never })).toThrow(/"fetchFilename" must be true or false/);
});
