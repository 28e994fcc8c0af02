import { CONTENT_RESOURCES, compileRoutes, matchRoute } from '../../lib/http/routes';

const EVERY_ROUTE = compileRoutes(CONTENT_RESOURCES);

describe('matchRoute', () => {
  it.each([
    ['/files/f/content', 'files', 'fileId', { fileId: 'f' }],
    ['/files/f/content/', 'files', 'fileId', { fileId: 'f' }],
    ['/files/f/content?a=/b', 'files', 'fileId', { fileId: 'f' }],
    ['/files//content', 'files', 'fileId', { fileId: '' }],
    ['/files/%2e%2e/content', 'files', 'fileId', { fileId: '%2e%2e' }],
    ['/files/a%2fb/content', 'files', 'fileId', { fileId: 'a%2fb' }],
    ['/containers/c/files/f/content', 'containers', 'fileId', { containerId: 'c', fileId: 'f' }],
    ['/videos/v/content?variant=x', 'videos', 'videoId', { videoId: 'v' }],
    ['/skills/s/content', 'skills', 'skillId', { skillId: 's' }],
    ['/batches/b/content', 'batches', 'batchId', { batchId: 'b' }],
    ['/skills/s/versions/2/content', 'skills', 'skillId', { skillId: 's', version: '2' }],
  ])('%s', (target, resource, fileIdParam, rawParams) => {
    expect(matchRoute(target, EVERY_ROUTE)).toMatchObject({ resource, fileIdParam, rawParams });
  });

  it.each([
    ['/files/f/content', '/files/:file_id/content'],
    ['/containers/c/files/f/content', '/containers/:container_id/files/:file_id/content'],
    ['/skills/s/versions/2/content', '/skills/:skill_id/versions/:version/content'],
  ])('names %s by its pattern', (target, path) => {
    expect(matchRoute(target, EVERY_ROUTE)?.name.path).toBe(path);
  });

  it('names routes of its own by their pattern', () => {
    const routes = compileRoutes([{ resource: 'files', path: 'blobs/v{version}/{fileId}:raw' }]);
    expect(matchRoute('/blobs/v2/f:raw', routes)?.name.path).toBe('/blobs/v:version/:file_id:raw');
  });

  it.each([
    '/',
    '/files',
    '/files/f',
    '/files/f/contents',
    '/files/f/content/x',
    '/files/f/content//',
    '//files/f/content',
    '/files/a/b/content',
    '/Files/f/content',
    'files/f/content',
    '*',
    '',
  ])('leaves %s to the application', (target) => {
    expect(matchRoute(target, EVERY_ROUTE)).toBeUndefined();
  });

  it('matches only the resources that are served', () => {
    expect(matchRoute('/videos/v/content', compileRoutes(['files']))).toBeUndefined();
    expect(matchRoute('/containers/c/files/f/content', compileRoutes(['files']))).toBeUndefined();
  });
});
