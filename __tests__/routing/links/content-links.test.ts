import { randomBytes } from 'node:crypto';
import {
  type ContentLink,
  contentLinks,
  FileContentError,
  fileNotFound,
  openaiCompatible,
  type Provider,
} from '../../../lib';
import { LINK_KEY, startLinkGateway } from '../../support/link-gateway';
import { pollute } from '../../support/pollution';
import { rawRequest } from '../../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../../support/raw-provider';

const script: RawScript = ({ head, send }) => {
  if (head.includes('missing')) return send(answer('', [], '404 Not Found'));
  const lines = ['Content-Type: application/octet-stream', 'ETag: "v1"'];
  const bytes = /^range: bytes=2-4/im.test(head)
    ? answer('nte', [...lines, 'Content-Range: bytes 2-4/7'], '206 Partial Content')
    : answer('content', lines);
  return send(head.startsWith('HEAD') ? bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4) : bytes);
};

const LINK: ContentLink = { provider: 'held', fileId: 'file-1', tenant: 'acme' };

function holding(origin: string): Provider {
  return openaiCompatible({ name: 'held', baseURL: origin, apiKey: 'key' });
}

describe('a link', () => {
  it.each([
    ['GET', '', [] as string[], 200, 'content'],
    ['GET', '/Ch%C3%A4rt.png', [], 200, 'content'],
    ['GET', '/', [], 200, 'content'],
    ['GET', '?a=b', [], 200, 'content'],
    ['HEAD', '/chart.png', [], 200, ''],
    ['GET', '', ['Range: bytes=2-4'], 206, 'nte'],
  ])('%s %s with %j', async (method, rest, headers, status, body) => {
    await using provider = await startRawProvider(script);
    const seen: ContentLink[] = [];
    await using gateway = await startLinkGateway((link) => {
      seen.push(link);
      return holding(provider.origin);
    });
    const link: ContentLink = { ...LINK, account: 'eu', filename: 'Chart.png', disposition: 'inline' };
    const token = gateway.links.sign(link);
    const { response } = await rawRequest(gateway.port, { method, path: `/d/${token}${rest}`, headers });
    expect([response.status, response.body.toString()]).toEqual([status, body]);
    expect(seen).toEqual([link]);
    expect(response.headers.get('content-disposition')).toEqual(['inline; filename="Chart.png"']);
    expect(response.headers.get('content-type')).toEqual(['image/png']);
    expect(response.headers.get('referrer-policy')).toEqual(['no-referrer']);
    expect(response.headers.get('cache-control')).toEqual(['private, no-transform']);
    const [record] = await gateway.log.finished(1);
    expect(record).toMatchObject({ fileId: 'file-1', tenant: 'acme', provider: 'held', outcome: 'completed' });
    expect(JSON.stringify([record, gateway.log.starts])).not.toContain(token.slice(0, 12));
    expect(provider.requests.join()).not.toContain(token.slice(0, 12));
  });

  it('is bound to what was signed, whatever `resolve` says', async () => {
    await using provider = await startRawProvider(script);
    await using gateway = await startLinkGateway(() => ({
      provider: holding(provider.origin),
      tenant: 'other',
      filename: 'other.png',
      disposition: 'inline',
      contentType: 'image/png',
      responseHeaders: { 'x-own': 'o' },
    }));
    const token = gateway.links.sign({ ...LINK, filename: 'mine.png', disposition: 'attachment' });
    const { response } = await rawRequest(gateway.port, { path: `/d/${token}` });
    expect(response.headers.get('content-disposition')).toEqual(['attachment; filename="mine.png"']);
    expect(response.headers.get('x-own')).toEqual(['o']);
    expect(await gateway.log.finished(1)).toMatchObject([{ tenant: 'acme' }]);
  });

  it('counts for its tenant', async () => {
    await using provider = await startRawProvider(() => undefined);
    await using gateway = await startLinkGateway(() => holding(provider.origin), {
      limits: { maxConcurrentPerTenant: 1 },
    });
    const path = `/d/${gateway.links.sign(LINK)}`;
    const first = new AbortController();
    const held = fetch(gateway.origin + path, { signal: first.signal }).catch(() => undefined);
    await provider.requestsReceived(1);
    expect((await rawRequest(gateway.port, { path })).response.status).toBe(429);
    first.abort();
    await held;
  });

  it.each(['/', '', '/a/b/c', '//x'])('is not %j, which the application handles', async (rest) => {
    await using gateway = await startLinkGateway(() => undefined);
    const { response } = await rawRequest(gateway.port, { path: `/d${rest}` });
    expect(response.status).toBe(418);
  });

  it('has no other methods', async () => {
    await using gateway = await startLinkGateway(() => undefined);
    const { response } = await rawRequest(gateway.port, { method: 'DELETE', path: `/d/${gateway.links.sign(LINK)}` });
    expect([response.status, response.headers.get('allow')]).toEqual([405, ['GET, HEAD']]);
  });
});

it('P1: names on Object.prototype change neither a link, nor what is shown, nor what is signed', async () => {
  await using provider = await startRawProvider(script);
  const signed: (string | undefined)[] = [];
  await using gateway = await startLinkGateway(({ account, tenant }) => ({
    provider: {
      ...holding(provider.origin),
      presign({ filename, contentType, disposition }) {
        signed.push(filename, contentType, disposition, tenant);
        return { url: provider.origin };
      },
    },
    delivery: account === 'store' ? 'redirect' : 'stream',
  }));
  const links = [undefined, 'store'].map((account) => gateway.links.sign({ provider: 'held', fileId: 'f', account }));
  const names = ['account', 'contentType', 'disposition', 'fileId', 'filename', 'presentation', 'resource', 'tenant'];
  using _polluted = pollute(Object.fromEntries(names.map((name) => [name, 'polluted'])));
  const statuses: number[] = [];
  for (const token of [...links, 'forged']) {
    const { response } = await rawRequest(gateway.port, { path: `/d/${token}` });
    statuses.push(response.status);
    expect(response.head).not.toMatch(/polluted/);
  }
  expect(statuses).toEqual([200, 302, 404]);
  expect(signed).toEqual([undefined, undefined, 'attachment', undefined]);
});

describe('a link that leads nowhere', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('is one 404 to the byte, and the record says why', async () => {
    await using provider = await startRawProvider(script);
    await using gateway = await startLinkGateway(({ provider: name, fileId }) => {
      if (fileId === 'theirs') throw fileNotFound({ cause: new Error('of another tenant') });
      if (fileId === 'worded') throw new FileContentError('file_not_found', `${fileId} is gone.`);
      return name === 'held' ? holding(provider.origin) : undefined;
    });
    const { links } = gateway;
    const token = links.sign(LINK);
    const forged = contentLinks({ keys: [randomBytes(32)], resolve: () => undefined }).sign(LINK);
    jest.spyOn(Date, 'now').mockReturnValueOnce(Date.now() - 901_000);
    const expired = links.sign(LINK);
    const cases = [
      ['forged', forged, /not signed with these keys/],
      ['changed', `${token.slice(0, -4)}AAAA`, /not signed with these keys/],
      ['truncated', token.slice(0, -1), /not signed with these keys/],
      ['nonsense', '%00', /not signed with these keys/],
      ['of an unknown provider', links.sign({ ...LINK, provider: 'none' }), /The provider "none" is unknown/],
      ['missing at the provider', links.sign({ ...LINK, fileId: 'missing' }), /./],
      ['refused by the resolver', links.sign({ ...LINK, fileId: 'theirs' }), /of another tenant/],
      ['worded by the resolver', links.sign({ ...LINK, fileId: 'worded' }), /./],
      ['expired', expired, /The link expired at 20/],
    ] as const;
    const responses = [];
    for (const [, value] of cases) {
      const { response } = await rawRequest(gateway.port, { path: `/d/${value}/name.png` });
      responses.push(response);
    }
    const bytes = responses.map(({ head, body }) => `${head}\n\n${body}`.replace(/^(x-request-id|date): .*$/gim, '$1'));
    expect(new Set(bytes)).toEqual(new Set([bytes[0]]));
    expect(responses[0]?.status).toBe(404);
    expect(bytes[0]).toMatch(/^referrer-policy: no-referrer$/im);
    expect(bytes[0]).toMatch(/^cache-control: no-store$/im);
    const records = await gateway.log.finished(cases.length);
    records.forEach((record, index) => {
      expect(JSON.stringify(record)).not.toContain(String(cases[index]?.[1]).slice(0, 10));
      expect(`${record.error?.cause?.message}`).toMatch(cases[index]?.[2] ?? /^$/);
    });
    expect(records.map(({ fileId }) => fileId)).toEqual([
      '',
      '',
      '',
      '',
      'file-1',
      'missing',
      'theirs',
      'worded',
      'file-1',
    ]);
  });

  it('is nothing to `verify`', () => {
    jest.useFakeTimers();
    const links = contentLinks({ keys: [LINK_KEY], resolve: () => undefined });
    const token = links.sign({ ...LINK, expiresInSeconds: 60 });
    expect(links.verify(token)).toEqual(LINK);
    jest.setSystemTime(Date.now() + 59_999);
    expect(links.verify(token)).toEqual(LINK);
    jest.setSystemTime(Date.now() + 1);
    expect(links.verify(token)).toBeUndefined();
    expect(links.verify('x')).toBeUndefined();
  });
});

it('a resolver that fails is a 500, as any other', async () => {
  await using gateway = await startLinkGateway(() => {
    throw new Error('database');
  });
  const { response } = await rawRequest(gateway.port, { path: `/d/${gateway.links.sign(LINK)}` });
  expect(response.status).toBe(500);
  expect(await gateway.log.finished(1)).toMatchObject([{ outcome: 'resolver_failed', fileId: 'file-1' }]);
});

const none = (): undefined => undefined;

it.each([
  [undefined, /contentLinks: "options" must be an object, got undefined/],
  [{}, /"resolve" must be a function such as \(link\) => provider, got undefined/],
  [{ resolve: none }, /contentLinks: "keys" must be an array of at least one key/],
  [{ keys: [], resolve: none }, /contentLinks: "keys" must be an array of at least one key/],
  [
    { keys: ['short'], resolve: none },
    /contentLinks: "keys\[0\]" must be bytes, base64 or hex, got a string in another form/,
  ],
  [{ keys: [randomBytes(16)], resolve: none }, /contentLinks: "keys\[0\]" must be 32 bytes long, got 16/],
  [{ key: [LINK_KEY], resolve: none }, /unknown option "key".*`keys`/],
])('contentLinks refuses %j', (options, message) => {
  expect(() => contentLinks(options as never)).toThrow(TypeError);
  expect(() => contentLinks(options as never)).toThrow(message);
});

it('handler() needs what createFileContent returned', () => {
  const { handler } = contentLinks({ keys: [LINK_KEY], resolve: none });
  expect(() => handler({} as never)).toThrow(
    /"files" must be what createFileContent\(options\) returned, got an object/,
  );
  expect(() => handler(undefined as never)).toThrow(/got undefined/);
});
