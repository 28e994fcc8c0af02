import express5, { type Express, type Request } from 'express';
import express4 from 'express4';
import request from 'supertest';
import { createFileContentRouter, openaiCompatible, type ResolveContext } from '../../../lib';
import type { FakeProvider } from '../../../lib/testing/index';
import { startContentProvider } from '../../support/content-provider';
import { createApp, EXPRESS_MAJORS } from '../../support/gateway';

describe.each(EXPRESS_MAJORS)('the router in an application (Express %i)', (express) => {
  let provider: FakeProvider;
  let contexts: ResolveContext[];
  let app: Express;

  beforeEach(async () => {
    provider = await startContentProvider();
    contexts = [];
    app = createApp(express);
  });

  afterEach(async () => {
    await provider[Symbol.asyncDispose]();
  });

  /** Remembers what it was told, and holds every file. */
  function router(name = 'held'): ReturnType<typeof createFileContentRouter> {
    return createFileContentRouter({
      resolveProvider(_req, context) {
        contexts.push(context);
        return openaiCompatible({ name, baseURL: `${provider.origin}/${name}` });
      },
    });
  }

  it.each([
    ['under a path', '/v1', '/v1/files/file-1/content', { fileId: 'file-1' }],
    ['under several', ['/v1', '/openai/v1'], '/openai/v1/files/file-1/content', { fileId: 'file-1' }],
    ['under a parameter', '/:provider/v1', '/azure/v1/files/file-1/content', { provider: 'azure', fileId: 'file-1' }],
    ['deep down', '/a/:b/c/:d', '/a/1/c/%32/files/file-1/content', { b: '1', d: '2', fileId: 'file-1' }],
    ['under a parameter of the same name', '/:fileId/v1', '/other/v1/files/file-1/content', { fileId: 'file-1' }],
  ])('is mounted %s', async (_where, mount, path, params) => {
    app.use(mount, router());
    const { status, headers } = await request(app).get(path);
    expect([status, headers['content-length']]).toEqual([200, '7']);
    expect(contexts.map((context) => ({ ...context.params }))).toEqual([params]);
    expect(contexts[0]?.fileId).toBe('file-1');
  });

  it('is mounted at the root', async () => {
    app.use(router());
    expect((await request(app).get('/files/file-1/content')).status).toBe(200);
    expect((await request(app).get('/v1/files/file-1/content')).status).toBe(404);
  });

  it('is mounted in another router, with that one’s parameters', async () => {
    const outer = (express === 4 ? express4 : express5).Router({ mergeParams: true });
    outer.use('/v1', router());
    app.use('/tenants/:tenant', outer);
    expect((await request(app).get('/tenants/acme/v1/files/file-1/content')).status).toBe(200);
    expect(contexts[0]?.params).toEqual({ tenant: 'acme', fileId: 'file-1' });
  });

  it('twice, each with its own provider', async () => {
    app.use('/a', router('first'));
    app.use('/b', router('second'));
    await request(app).get('/a/files/file-1/content');
    await request(app).get('/b/files/file-1/content');
    expect(provider.requests.map(({ url }) => url)).toEqual([
      '/first/files/file-1/content',
      '/second/files/file-1/content',
    ]);
  });

  it('leaves every other path to the application', async () => {
    app.use('/v1', router());
    app.use((_req, res) => void res.status(418).end());
    const others = ['/v1/files', '/v1/files/file-1', '/v1/models', '/v1/files/file-1/contents', '/v1/videos/v/content'];
    for (const path of others) {
      expect([path, (await request(app).get(path)).status]).toEqual([path, 418]);
    }
    expect((await request(app).post('/v1/files')).status).toBe(418);
    expect(contexts).toEqual([]);
  });

  it.each([undefined, null])('leaves what the resolver declines with %s to the application', async (declined) => {
    app.use('/v1', createFileContentRouter({ resolveProvider: async () => declined }));
    app.use('/v1', router());
    expect((await request(app).get('/v1/files/file-1/content')).status).toBe(200);
    expect(provider.requests).toHaveLength(1);
  });

  it.each(['post', 'put', 'patch', 'delete', 'options'] as const)(
    'responds to %s with 405 and Allow',
    async (method) => {
      app.use('/v1', router());
      const { status, headers, body } = await request(app)[method]('/v1/files/file-1/content');
      expect(status).toBe(405);
      expect(headers['allow']).toBe('GET, HEAD');
      expect(body).toMatchObject({ error: { code: 'method_not_allowed', type: 'invalid_request_error', param: null } });
      expect(contexts).toEqual([]);
    },
  );

  it('serves HEAD', async () => {
    app.use('/v1', router());
    const { status, headers, text } = await request(app).head('/v1/files/file-1/content');
    expect([status, headers['content-length'], text]).toEqual([200, '7', undefined]);
    expect(provider.requests[0]?.method).toBe('HEAD');
  });

  it('gives the resolver the request of the application', async () => {
    const seen: unknown[] = [];
    app.use((req, _res, next) => {
      Object.assign(req, { user: 'ada' });
      next();
    });
    app.use(
      '/v1',
      createFileContentRouter({
        resolveProvider(req: Request & { user?: string }, context) {
          seen.push(req.user, req.get('x-api-key'), req.query['a'], req.originalUrl);
          expect(context).toMatchObject({ resource: 'files', fileId: 'file-1', transferId: expect.any(String) });
          expect(context.signal.aborted).toBe(false);
          return undefined;
        },
      }),
    );
    await request(app).get('/v1/files/file-1/content?a=b').set('x-api-key', 'k');
    expect(seen).toEqual(['ada', 'k', 'b', '/v1/files/file-1/content?a=b']);
  });

  it('serves other kinds of content where it is told to', async () => {
    app.use(
      '/v1',
      createFileContentRouter({
        resources: ['containers', 'videos', 'skills'],
        resolveProvider: () => openaiCompatible({ name: 'held', baseURL: provider.origin }),
      }),
    );
    const paths = [
      '/containers/c-1/files/f-1/content',
      '/videos/v-1/content',
      '/skills/s-1/content',
      '/skills/s-1/versions/2/content',
    ];
    for (const path of paths) {
      expect([path, (await request(app).get(`/v1${path}`)).status]).toEqual([path, 200]);
      expect(provider.requests.at(-1)?.url).toBe(path);
    }
    expect((await request(app).get('/v1/files/f-1/content')).status).toBe(404);
  });

  it('fails at once where an option is wrong', () => {
    // @ts-expect-error: the compiler refuses it, too
    expect(() => app.use(createFileContentRouter({ resolver: () => undefined }))).toThrow(
      /unknown option "resolver"; write one of resolveProvider/,
    );
  });
});
