import { inspect } from 'node:util';
import type { LocatedProvider } from '../../lib';
import type { FakeProvider, FakeResponder } from '../../lib/testing/index';
import { CLIENT_KEY, findSecret, PROVIDER_KEY } from '../support/canary';
import { sendContent, startContentProvider } from '../support/content-provider';
import { type Gateway, startGateway } from '../support/gateway';
import { locate } from '../support/locate-request';
import { PROVIDER_TABLE, type ProviderRow } from '../support/provider-table';

/** The headers that are the client's by allow-list, or of the connection itself. */
const NEUTRAL = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

const CLIENT_HEADERS = {
  authorization: `Bearer ${CLIENT_KEY}`,
  'api-key': CLIENT_KEY,
  'x-api-key': CLIENT_KEY,
  'x-goog-api-key': CLIENT_KEY,
  'x-amz-security-token': CLIENT_KEY,
  cookie: `session=${CLIENT_KEY}`,
};

describe.each(PROVIDER_TABLE.map((row) => [row.name, row] as const))('%s', (_name, row) => {
  let upstream: FakeProvider;
  let gateway: Gateway;
  let resolved: { provider: LocatedProvider; fileId: string };

  beforeAll(async () => {
    upstream = await startContentProvider();
    gateway = await startGateway({
      resolveProvider: () => resolved,
      resources: ['files', 'containers', 'videos', 'skills', 'batches'],
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    upstream.clear();
    gateway.log.clear();
    answer(row, upstream);
    resolved = { provider: row.make(upstream.origin, PROVIDER_KEY), fileId: row.ordinary[0] };
  });

  function download(headers: Record<string, string> = {}, query = ''): Promise<Response> {
    return fetch(`${gateway.origin}/v1/files/file-1/content${query}`, { headers: { ...CLIENT_HEADERS, ...headers } });
  }

  it('declares its name and that it streams', () => {
    expect(resolved.provider).toMatchObject({ name: row.name, streaming: true });
    expect(resolved.provider.redirects ?? 'refuse').toBe(row.follows ? 'follow' : 'refuse');
  });

  it.each(['ordinary', 'awkward'] as const)('has the right URL for an %s id', async (kind) => {
    const [fileId, target] = row[kind];
    resolved = { ...resolved, fileId };
    const response = await download();
    expect([response.status, await response.text()]).toEqual([200, 'content']);
    const targets = upstream.requests.map((request) => request.url);
    expect(targets).toEqual(row.hop ? [row.hop(upstream.origin).target, target] : [target]);
  });

  it('sends its own credential and no other', async () => {
    await download();
    const { headers } = upstream.requests.at(-1)!;
    const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !NEUTRAL.has(name)));
    const expected = row.credential(PROVIDER_KEY);
    expect(Object.keys(own).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) {
      if (typeof value === 'string') expect(own[name]).toBe(value);
      else expect(own[name]).toMatch(value);
    }
    expect(findSecret(CLIENT_KEY, { requests: upstream.requests })).toEqual([]);
  });

  it('passes Range and conditional headers on', async () => {
    upstream.respond = whenContent(row, upstream, (_request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 1-3/7', 'content-length': '3', etag: '"v1"' });
      response.end('ont');
    });
    const asked = { range: 'bytes=1-3', 'if-range': '"v1"', 'if-match': '"v1"', 'if-none-match': '"v0"' };
    const response = await download(asked);
    expect([response.status, await response.text()]).toEqual([206, 'ont']);
    expect(upstream.requests.at(-1)!.headers).toMatchObject(asked);
  });

  it('forwards the query parameters that it lists, and no other', async () => {
    await download({}, '?format=markdown&page_number=2&variant=thumbnail&team_id=t&alt=json&key=k&versionId=1');
    const located = new URL(upstream.requests.at(-1)!.url, upstream.origin).searchParams;
    const fixed = new URL(String(row.ordinary[1]), upstream.origin).searchParams;
    const added = [...located].filter(([name, value]) => fixed.get(name) !== value).map(([name]) => name);
    expect(added.sort()).toEqual([...(row.query ?? [])].sort());
  });

  if (row.holds?.includes('videos')) {
    it('forwards the query parameters of videos for them alone', async () => {
      await fetch(`${gateway.origin}/v1/videos/video-1/content?variant=thumbnail&format=x`);
      const located = new URL(upstream.requests.at(-1)!.url, upstream.origin).searchParams;
      expect(Object.fromEntries(located)).toEqual(row.videoQuery ? { variant: 'thumbnail' } : {});
    });
  }

  it('has its refusal put into the shape of OpenAI, without its secret', async () => {
    const [body, message] = row.refusal;
    upstream.respond = whenContent(row, upstream, (_request, response) => {
      response.writeHead(400, { 'content-type': 'application/octet-stream' });
      response.end(body.replace(message, `${message} ${PROVIDER_KEY}`));
    });
    const response = await download();
    const answered = (await response.json()) as { error: { message: string; code: string | null } };
    expect(response.status).toBe(400);
    expect(answered.error.message.startsWith(message)).toBe(true);
    expect(Object.keys(answered.error).sort()).toEqual(['code', 'message', 'param', 'type']);
    if (!row.hop && row.name !== 's3' && row.name !== 'bedrock') {
      expect(findSecret(PROVIDER_KEY, { answered, headers: [...response.headers], records: gateway.records })).toEqual(
        [],
      );
    }
  });

  it('does not reveal its secret', async () => {
    const response = await download();
    const seen = { body: await response.text(), headers: [...response.headers], records: gateway.records };
    expect(gateway.records).toHaveLength(1);
    expect(findSecret(PROVIDER_KEY, { ...seen, provider: resolved.provider })).toEqual([]);
    expect(inspect(resolved.provider, { depth: null, showHidden: true })).not.toContain(PROVIDER_KEY);
  });

  it('uses a refreshed credential', async () => {
    let calls = 0;
    resolved = {
      ...resolved,
      provider: row.make(upstream.origin, () => {
        calls += 1;
        return `token${calls}`;
      }),
    };
    await download();
    await download();
    expect(calls).toBe(2);
    const used = upstream.requests.map(({ headers }) => /token\d/.exec(JSON.stringify(headers))?.[0]).filter(Boolean);
    expect(used).toEqual(['token1', 'token2']);
  });

  it.each([
    ['containers', { containerId: 'c' }],
    ['videos', {}],
    ['skills', { version: '1' }],
  ] as const)('says 404 for %s unless it holds them', async (resource, params) => {
    const { provider, fileId } = resolved;
    const located = locate(provider, { resource, fileId, params });
    if (row.holds?.includes(resource)) await expect(located).resolves.toHaveProperty('url');
    else await expect(located).rejects.toMatchObject({ code: 'file_not_found', status: 404 });
  });

  it(`${row.follows ? 'follows' : 'refuses'} a redirect`, async () => {
    upstream.respond = whenContent(row, upstream, (request, response) => {
      if (request.url === '/elsewhere') sendContent(request, response);
      else response.writeHead(302, { location: '/elsewhere', 'content-length': '0' }).end();
    });
    const response = await download();
    await response.arrayBuffer();
    const isFollowed = upstream.requests.some(({ url }) => url === '/elsewhere');
    expect([response.status, isFollowed]).toEqual(row.follows ? [200, true] : [502, false]);
  });

  it('responds to HEAD', async () => {
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('7');
    expect(upstream.requests.at(-1)!.method).toBe('HEAD');
  });
});

function answer(row: ProviderRow, upstream: FakeProvider): void {
  upstream.respond = whenContent(row, upstream, sendContent);
}

/** Lets the first hop succeed where there is one. */
function whenContent(row: ProviderRow, upstream: FakeProvider, content: FakeResponder): FakeResponder {
  const hop = row.hop?.(upstream.origin);
  if (hop === undefined) return content;
  return (request, response) => (request.url === hop.target ? hop.answer : content)(request, response);
}
