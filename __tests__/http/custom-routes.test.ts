import { compileRoutes, matchRoute } from '../../lib/http/routes';
import type { LocateRequest } from '../../lib/index';
import { fakeProvider } from '../../lib/testing/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

const ROUTES = compileRoutes([
  'files',
  { resource: 'vector-store-files', path: 'vector_stores/{vectorStoreId}/files/{fileId}/content' },
  {
    resource: 'artifacts',
    path: 'agents/sessions/{sessionId}/artifacts/{artifactId}/content',
    fileIdParam: 'artifactId',
  },
  { resource: 'files', path: ['files/{fileId}:download', 'files/raw/{fileId}'] },
]);

it.each([
  ['/vector_stores/vs_1/files/f/content', 'vector-store-files', { vectorStoreId: 'vs_1', fileId: 'f' }],
  ['/agents/sessions/s/artifacts/a/content?x=1', 'artifacts', { sessionId: 's', artifactId: 'a' }],
  ['/files/f:download?alt=media', 'files', { fileId: 'f' }],
  ['/files/raw/f', 'files', { fileId: 'f' }],
  ['/files/:download', 'files', { fileId: '' }],
  ['/files/f/content', 'files', { fileId: 'f' }],
])('%s is of %s', (target, resource, rawParams) => {
  expect(matchRoute(target, ROUTES)).toMatchObject({ resource, rawParams });
});

it.each(['/files/f', '/files/f:downloads', '/vector_stores/vs_1/files/f', '/files/a/b/content'])(
  '%s is the application’s',
  (target) => {
    expect(matchRoute(target, ROUTES)).toBeUndefined();
  },
);

it.each([
  ['/files/a/b/content', 'files', { fileId: 'a/b' }],
  ['/files/gs://bucket/content/content', 'files', { fileId: 'gs://bucket/content' }],
  ['/files/a/b:download', 'files', { fileId: 'a/b' }],
  ['/files/raw/a/b', 'files', { fileId: 'a/b' }],
  ['/files/raw/f', 'files', { fileId: 'f' }],
  ['/vector_stores/vs/files/a/b/content', 'vector-store-files', { vectorStoreId: 'vs', fileId: 'a/b' }],
])('with slashes in ids, %s is of %s', (target, resource, rawParams) => {
  expect(matchRoute(target, ROUTES, true)).toMatchObject({ resource, rawParams });
});

it('a kind of content of the gateway’s own reaches the resolver, the provider and the record by its name', async () => {
  await using upstream = await fakeProvider({ respond: (_req, res) => res.end('content') });
  const located: LocateRequest[] = [];
  const seen: unknown[] = [];
  await using app = await startGateway({
    resources: [{ resource: 'vector-store-files', path: 'vector_stores/{vectorStoreId}/files/{fileId}/content' }],
    resolveProvider: (_req, { resource, fileId, params }) => {
      seen.push([resource, fileId, params]);
      return {
        name: 'own',
        streaming: true,
        query: { 'vector-store-files': ['format'] },
        locate: (request) => {
          located.push(request);
          return { url: `${upstream.origin}/x` };
        },
      };
    },
  });
  const path = '/v1/vector_stores/vs_1/files/file-1/content?format=text&other=1';
  const { response } = await rawRequest(app.port, { path });
  expect([response.status, response.body.toString()]).toEqual([200, 'content']);
  expect(seen).toEqual([['vector-store-files', 'file-1', { vectorStoreId: 'vs_1', fileId: 'file-1' }]]);
  expect(located).toMatchObject([{ resource: 'vector-store-files', fileId: 'file-1' }]);
  expect(upstream.requests.map(({ url }) => url)).toEqual(['/x?format=text']);
  expect(await app.recorded(1)).toMatchObject([{ resource: 'vector-store-files', fileId: 'file-1' }]);
  expect((await rawRequest(app.port)).response.status).toBe(404);
});

it.each([
  ['/v1/vector_stores/vs/files/..%2f/content', 'file_id'],
  ['/v1/vector_stores/a%2fb/files/f/content', 'vector_store_id'],
])('an id that may not be one is named as OpenAI spells it: %s', async (path, param) => {
  await using app = await startGateway({
    resources: [{ resource: 'vector-store-files', path: 'vector_stores/{vectorStoreId}/files/{fileId}/content' }],
  });
  const { response } = await rawRequest(app.port, { path });
  expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'invalid_file_id', param } });
});
