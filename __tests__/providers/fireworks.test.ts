import { Agent } from 'node:http';
import { globalAgent } from 'node:https';
import { inspect } from 'node:util';
import { fireworks } from '../../lib';
import type { FakeProvider, FakeResponder } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { locate, presign } from '../support/locate-request';

let api: FakeProvider;
beforeAll(async () => {
  api = await startContentProvider();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});
beforeEach(() => {
  api.clear();
});

function make() {
  return fireworks({ apiKey: 'key', account: 'acme', baseURL: api.origin });
}

function json(value: unknown, status = 200, headers: Record<string, string> = {}): FakeResponder {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };
}

const FILES = {
  'gs/acme/d/out.jsonl': 'https://store.test/out?sig=1',
  'gs/acme/d/error.jsonl': 'https://store.test/err?sig=2',
};

const URLS = { filenameToSignedUrls: { 'out.jsonl': 'https://store.test/out' } };

it('asks for the URL with its key, and gives none to the store', async () => {
  api.respond = json({ filenameToSignedUrls: { 'out.jsonl': 'https://store.test/out?sig=a%2Fb' } });
  expect(await locate(make(), { fileId: 'data' })).toEqual({ url: 'https://store.test/out?sig=a%2Fb' });
  expect(api.requests).toMatchObject([
    {
      method: 'GET',
      url: '/v1/accounts/acme/datasets/data:getDownloadEndpoint',
      headers: { authorization: 'Bearer key' },
    },
  ]);
});

it("asks through the gateway's own agents", async () => {
  api.respond = json(URLS);
  let connections = 0;
  class CountingAgent extends Agent {
    override createConnection(...args: Parameters<Agent['createConnection']>) {
      connections += 1;
      return super.createConnection(...args);
    }
  }
  const agents = { http: new CountingAgent(), https: globalAgent };
  await locate(make(), { fileId: 'data', agents });
  expect(connections).toBe(1);
});

it.each([
  ['data/out.jsonl', 'https://store.test/out?sig=1'],
  ['data/gs/acme/d/error.jsonl', 'https://store.test/err?sig=2'],
  ['accounts/acme/datasets/data/error.jsonl', 'https://store.test/err?sig=2'],
])('finds the file of %s', async (fileId, url) => {
  api.respond = json({ filenameToSignedUrls: FILES });
  expect((await locate(make(), { fileId })).url).toBe(url);
});

it.each([
  ['data', 'invalid_request', 400],
  ['data/none.jsonl', 'file_not_found', 404],
  ['accounts/other/datasets/data/out.jsonl', 'file_not_found', 404],
  ['../data', 'invalid_file_id', 400],
  ['/', 'invalid_file_id', 400],
])('%s is %s', async (fileId, code, status) => {
  api.respond = json({ filenameToSignedUrls: FILES });
  await expect(locate(make(), { fileId })).rejects.toMatchObject({ code, status });
});

it('needs an account from the options or from the id', async () => {
  api.respond = json({ filenameToSignedUrls: { f: 'https://store.test/f' } });
  const provider = fireworks({ apiKey: 'key', baseURL: `${api.origin}/v1` });
  expect((await locate(provider, { fileId: 'accounts/a b/datasets/d' })).url).toBe('https://store.test/f');
  expect(api.requests[0]?.url).toBe('/v1/accounts/a%20b/datasets/d:getDownloadEndpoint');
  await expect(locate(provider, { fileId: 'data' })).rejects.toMatchObject({ code: 'invalid_file_id' });
});

it.each([
  ['nothing of use', json({}), 'provider_invalid_response', 502],
  ['null', json('null'), 'provider_invalid_response', 502],
  ['what is not JSON', json('<html>'), 'provider_invalid_response', 502],
  ['no URL', json({ filenameToSignedUrls: { f: 'store/f' } }), 'provider_invalid_response', 502],
  [
    'a URL of another scheme',
    json({ filenameToSignedUrls: { f: 'file:///etc/passwd' } }),
    'provider_invalid_response',
    502,
  ],
  ['a URL with a user name', json({ filenameToSignedUrls: { f: 'https://u@h/' } }), 'provider_invalid_response', 502],
  ['no file', json({ filenameToSignedUrls: {} }), 'file_not_found', 404],
  ['a redirect', json('', 302, { location: 'https://store.test/' }), 'provider_invalid_response', 502],
  ['401', json('key', 401), 'provider_auth_failed', 502],
  ['403', json('key', 403), 'provider_auth_failed', 502],
  ['407', json('key', 407), 'provider_auth_failed', 502],
  ['404', json('key', 404), 'file_not_found', 404],
  ['429', json('key', 429, { 'retry-after': '7' }), 'rate_limited', 429],
  ['500', json('key', 500), 'provider_error', 500],
  ['more than a megabyte', json({ ...URLS, padding: 'x'.repeat(1_100_000) }), 'provider_invalid_response', 502],
])('an answer of %s is an error without its text', async (_what, answer, code, status) => {
  api.respond = answer;
  const error: unknown = await locate(make(), { fileId: 'data' }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code, status, provider: 'fireworks_ai' });
  expect(String(error)).not.toContain('key');
  if (status === 429) expect(error).toMatchObject({ headers: { 'retry-after': '7' } });
});

it.each([
  ['the key', 'k3y-8675309'],
  ['the key in Base64', Buffer.from('k3y-8675309').toString('base64')],
  ['a text', 'try again with another key'],
])('a Retry-After of %s is left out', async (_what, value) => {
  api.respond = json('', 429, { 'retry-after': value });
  const provider = fireworks({ apiKey: 'k3y-8675309', account: 'acme', baseURL: api.origin });
  const error: unknown = await locate(provider, { fileId: 'data' }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'rate_limited', headers: {} });
  expect(inspect(error, { depth: 9 })).not.toContain(value);
});

it('a Retry-After that is the key is left out though it looks like seconds', async () => {
  api.respond = json('', 429, { 'retry-after': '8675309' });
  const provider = fireworks({ apiKey: '8675309', account: 'acme', baseURL: api.origin });
  await expect(locate(provider, { fileId: 'data' })).rejects.toMatchObject({ code: 'rate_limited', headers: {} });
});

it('says that the provider is unreachable', async () => {
  const gone = await startContentProvider();
  const provider = fireworks({ apiKey: 'key', account: 'acme', baseURL: gone.origin });
  await gone[Symbol.asyncDispose]();
  await expect(locate(provider, { fileId: 'data' })).rejects.toMatchObject({
    code: 'provider_unreachable',
    status: 502,
  });
});

it('stops asking when the transfer is over', async () => {
  const controller = new AbortController();
  const closed = new Promise<void>((resolve) => {
    api.respond = (request) => {
      request.socket.once('close', () => resolve());
      controller.abort(new Error('the client left'));
    };
  });
  await expect(locate(make(), { fileId: 'data', signal: controller.signal })).rejects.toThrow('the client left');
  await closed;
});

it('asks for a refused key once more, and sends its headers to the API alone', async () => {
  api.respond = (request, response) =>
    json(URLS, request.headers.authorization === 'Bearer new' ? 200 : 401)(request, response);
  const calls: unknown[] = [];
  const provider = fireworks({
    apiKey: (request) => {
      calls.push(request);
      return request?.refused ? 'new' : 'old';
    },
    headers: { 'X-Gateway': 'g' },
    account: 'acme',
    baseURL: api.origin,
  });
  expect(await locate(provider, { fileId: 'data' })).toEqual({ url: 'https://store.test/out' });
  expect(calls).toEqual([undefined, { refused: true, attempt: 1 }]);
  expect(api.requests.map(({ headers }) => headers['x-gateway'])).toEqual(['g', 'g']);
});

it('does not ask twice with one key, nor after a 403', async () => {
  api.respond = json('{}', 401);
  await expect(locate(make(), { fileId: 'data' })).rejects.toMatchObject({ code: 'provider_auth_failed' });
  expect(api.requests).toHaveLength(1);
  api.respond = json('{}', 403);
  const provider = fireworks({ apiKey: (request) => (request ? 'b' : 'a'), account: 'acme', baseURL: api.origin });
  await expect(locate(provider, { fileId: 'data' })).rejects.toMatchObject({ code: 'provider_auth_failed' });
  expect(api.requests).toHaveLength(2);
});

it('refuses a credential in its headers', () => {
  expect(() => fireworks({ apiKey: 'k', headers: { Authorization: 'x' } })).toThrow(/not both/);
});

it('hands the URL of the store to a client as it is', async () => {
  api.respond = json({ filenameToSignedUrls: { 'out.jsonl': 'https://store.test/out?sig=a%2Fb' } });
  const { url } = await presign(make(), { fileId: 'data', disposition: 'inline', filename: 'a.txt' });
  expect(url).toBe('https://store.test/out?sig=a%2Fb');
});
