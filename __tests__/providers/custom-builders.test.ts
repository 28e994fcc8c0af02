import {
  type HttpProviderOptions,
  httpProvider,
  type SignedUrlProviderOptions,
  signedUrlProvider,
} from '../../lib/index';
import { type FakeResponder, fakeProvider } from '../../lib/testing/index';
import { startGateway } from '../support/gateway';
import { locateRequest } from '../support/locate-request';
import { rawRequest } from '../support/raw-client';

const http: HttpProviderOptions = {
  name: 'own',
  baseURL: 'https://api.test/v1?tenant=7',
  paths: {
    files: 'files/{fileId}/content',
    'vector-store-files': 'vector_stores/{vectorStoreId}/files/{fileId}/content?format=raw',
    videos: ['videos/{fileId}/versions/{version}', 'videos/content?id={fileId}'],
  },
};

describe('httpProvider', () => {
  it.each([
    ['files', 'a/b?c', {}, 'files/a%2Fb%3Fc/content?tenant=7'],
    ['vector-store-files', 'f', { vectorStoreId: 'vs&1' }, 'vector_stores/vs%261/files/f/content?tenant=7&format=raw'],
    ['videos', 'v', { version: '2' }, 'videos/v/versions/2?tenant=7'],
    ['videos', 'v&x=1', {}, 'videos/content?tenant=7&id=v%26x%3D1'],
  ])('makes the URL of %s, %s', async (resource, fileId, params, target) => {
    const located = await httpProvider(http).locate(locateRequest({ resource, fileId, params }));
    expect(located).toEqual({ url: `https://api.test/v1/${target}`, headers: {} });
  });

  it.each([
    ['a kind of content without a path', { resource: 'skills', fileId: 's' }, 'file_not_found'],
    ['a parameter that was not given', { resource: 'vector-store-files', fileId: 'f' }, 'file_not_found'],
    ['an id that climbs', { fileId: '..' }, 'invalid_file_id'],
    ['a parameter that climbs', { resource: 'videos', fileId: 'v', params: { version: '..' } }, 'invalid_file_id'],
    ['an id that climbs in the query', { resource: 'videos', fileId: '..' }, 'invalid_file_id'],
  ])('refuses %s', (_what, request, code) => {
    const locate = () => httpProvider(http).locate(locateRequest(request));
    expect(locate).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    [{ credential: 'key' }, { authorization: 'Bearer key' }],
    [{ credential: 'key', prefix: 'Token ' }, { authorization: 'Token key' }],
    [{ credential: 'key', header: 'X-API-Key' }, { 'x-api-key': 'key' }],
    [{ credential: 'Bearer key', prefix: '' }, { authorization: 'Bearer key' }],
    [{ credential: async () => 'key', header: 'api-key', prefix: undefined }, { 'api-key': 'key' }],
  ])('sends the credential %p', async (auth, headers) => {
    const located = await httpProvider({ ...http, auth }).locate(locateRequest({ fileId: 'f' }));
    expect(located.headers).toEqual(headers);
  });

  it.each<[object, RegExp]>([
    [{ paths: undefined }, /"paths" must be an object such as \{ files: /],
    [{ paths: {} }, /"paths" must be an object such as/],
    [{ paths: { files: 7 } }, /"paths\.files" must be a non-empty string/],
    [{ paths: { files: [] } }, /"paths\.files" must be a path or an array of paths/],
    [{ paths: { files: '/files/{fileId}' } }, /"paths\.files" must be a path relative to "baseURL"/],
    [{ paths: { files: 'files/content' } }, /with an id in braces/],
    [{ paths: { files: '../{fileId}' } }, /"paths\.files" must be a path relative/],
    [{ paths: { files: 'https://evil.test/{fileId}?x?y' } }, /"paths\.files" must be a path relative/],
    [{ paths: { files: 'files/{fileId}#x' } }, /"paths\.files" must be a path relative/],
    [{ paths: { files: 'files/{file-id}' } }, /"paths\.files" must be a path relative/],
    [{ auth: { token: 'k' } }, /unknown option "auth\.token"/],
    [{ auth: {} }, /auth\.credential/],
    [{ auth: { credential: 'k\n' } }, /auth\.credential/],
    [{ auth: { credential: 'k', header: 'a b' } }, /"auth\.header" must be the name of a header/],
    [{ auth: { credential: 'k', header: 'host' } }, /host/],
    [{ auth: { credential: 'k', prefix: 'a\n' } }, /"auth\.prefix" must be text that a header can carry/],
    [
      { auth: { credential: 'k' }, headers: { Authorization: 'x' } },
      /"auth" and "headers\.authorization" must not both/,
    ],
    [{ redirects: 'Follow' }, /"redirects" must be 'refuse' or 'follow'/],
    [{ classifyRefusal: 'x' }, /"classifyRefusal" must be a function/],
    [{ path: 'x' }, /unknown option "path". Did you mean `paths`/],
    [{ baseURL: '/v1' }, /baseURL/],
    [{ name: '' }, /name/],
  ])('refuses %p', (options, message) => {
    expect(() => Reflect.apply(httpProvider, undefined, [{ ...http, ...options }])).toThrow(message);
  });
});

/** A gateway with a provider that answers with JSON, and a store beside it. */
async function download(respond: FakeResponder, options: Partial<SignedUrlProviderOptions> = {}) {
  await using store = await fakeProvider({ respond: (_req, res) => res.end('content') });
  await using api = await fakeProvider({
    respond(req, res) {
      Object.assign(res, { store: store.origin });
      return respond(req, res);
    },
  });
  const provider = signedUrlProvider({
    name: 'signed',
    baseURL: `${api.origin}/v1`,
    paths: { files: 'files/{fileId}/content' },
    auth: { credential: 'key' },
    ...options,
  });
  await using app = await startGateway({ resolveProvider: () => provider });
  const { response } = await rawRequest(app.port);
  const [record] = await app.recorded(1);
  return { response, record, api: api.requests, store: store.requests };
}

function json(body: (store: string) => unknown, status = 200): FakeResponder {
  return (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(body(String(Reflect.get(res, 'store')))));
  };
}

describe('signedUrlProvider', () => {
  it.each<[string, SignedUrlProviderOptions['url'], (url: string) => unknown]>([
    ['by default in "url"', undefined, (url) => ({ url })],
    ['in another member', 'download_url', (url) => ({ download_url: url })],
    ['in a nested member', ['data', 'presigned', 'url'], (url) => ({ data: { presigned: { url } } })],
    ['where a function finds it', (answer) => (answer as { urls: string[] }).urls[1], (url) => ({ urls: ['', url] })],
  ])('serves what is at the signed URL, %s, and gives the store no credential', async (_where, url, answer) => {
    const { response, api, store } = await download(
      json((origin) => answer(`${origin}/o?sig=1`)),
      url === undefined ? {} : { url },
    );
    expect([response.status, response.body.toString()]).toEqual([200, 'content']);
    expect(api.map((request) => [request.url, request.headers.authorization])).toEqual([
      ['/v1/files/file-1/content', 'Bearer key'],
    ]);
    expect(store.map((request) => [request.url, request.headers.authorization])).toEqual([['/o?sig=1', undefined]]);
  });

  it.each<[string, FakeResponder]>([
    ['no URL', json(() => ({ link: 'x' }))],
    ['an invalid URL', json(() => ({ url: '/relative' }))],
    ['another scheme', json(() => ({ url: 'file:///etc/passwd' }))],
    ['a user name', json(() => ({ url: 'https://user@store.test/' }))],
    ['a name of Object.prototype', json(() => ({ constructor: 1 }))],
    ['a list', json(() => ['url'])],
    ['no JSON', (_req, res) => res.end('<html>')],
  ])('is a 502 where the provider answers with %s', async (_what, respond) => {
    const { response, store } = await download(respond);
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'provider_invalid_response' } });
    expect(store).toEqual([]);
  });

  it.each([
    [404, 404, 'file_not_found'],
    [401, 502, 'provider_auth_failed'],
    [412, 412, 'provider_error'],
    [429, 429, 'rate_limited'],
  ])('a %i of the provider is a %i for the client, and nothing is asked of the store', async (status, sent, code) => {
    const { response, store } = await download(json(() => ({ detail: 'not ready' }), status));
    expect(response.status).toBe(sent);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code } });
    expect(store).toEqual([]);
  });

  it('asks for a new credential where the provider refused the first, once', async () => {
    const given: unknown[] = [];
    const respond: FakeResponder = (req, res) =>
      json((origin) => ({ url: `${origin}/o` }), req.headers.authorization === 'Bearer new' ? 200 : 401)(req, res);
    const { response, api } = await download(respond, {
      auth: {
        credential: (request) => {
          given.push(request?.refused);
          return request?.refused ? 'new' : 'old';
        },
      },
    });
    expect([response.status, given, api.length]).toEqual([200, [undefined, true], 2]);
  });

  it.each<[object, RegExp]>([
    [{ url: '' }, /"url" must be the name of a member, an array of names or a function/],
    [{ url: [] }, /"url" must be the name of a member/],
    [{ url: [7] }, /"url" must be the name of a member/],
    [{ redirects: 'follow' }, /unknown option "redirects"/],
  ])('refuses %p', (options, message) => {
    const { query: _query, ...request } = { ...http, query: undefined };
    expect(() => Reflect.apply(signedUrlProvider, undefined, [{ ...request, ...options }])).toThrow(message);
  });
});
