import { misplacedRoute } from '../../lib/http/misplaced-route';
import { compileRoutes } from '../../lib/http/routes';

const routes = compileRoutes(['files', { resource: 'docs', path: 'docs/{fileId}:download' }]);

test.each([
  [
    '/v1/files/file-1/content',
    '',
    /^the request is for \/v1\/files\/:file_id\/content, and the router serves \/files\//,
  ],
  ['/a/b/docs/d-1:download', '/b', /write app\.use\('\/a\/b', router\)/],
  ['/files/file-1/content', '/v1', /write app\.use\('\/', router\)/],
  ['/v1//files/file-1/content', '/v1', /with two slashes in a row; correct the base URL of the client$/],
  ['http://host.test/v1/files/file-1/content', '', /for \/v1\/files/],
  [
    '/v1/videos/video-1/content',
    '/v1',
    /^the request is for \/videos\/:video_id\/content; add 'videos' to "resources"/,
  ],
  ['/v1/files/folder/file-1/content', '/v1', /^the id of the file has a slash; set "idSyntax" to 'path' to serve it$/],
  ['/v1/files/gs://bucket/key/content?x=1', '/v1', /^the id of the file has a slash/],
])('%s below %j is explained', (target, base, reason) => {
  expect(misplacedRoute(target, base, routes)).toMatch(reason);
});

test.each(['/', '', '*', '/v1/files', '/v1/files/file-1', '/content', '/v1/models?x=/files/file-1/content'])(
  '%j is another request',
  (target) => {
    expect(misplacedRoute(target, '', routes)).toBeUndefined();
  },
);

test('what the client wrote has a limited length', () => {
  const reason = misplacedRoute(`/${'x'.repeat(9_000)}/files/file-1/content`, '', routes);
  expect(reason).toMatch(/^the request is for \/x{99}\/files/);
  expect(reason?.length).toBeLessThan(500);
});
