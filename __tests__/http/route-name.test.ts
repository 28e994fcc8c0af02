import express, { type Request, type RequestHandler, Router } from 'express';
import promBundle from 'express-prom-bundle';
import { Registry } from 'prom-client';
import { routeOf } from '../../lib/http/route-name';
import { createFileContent, type LoggingAdapter } from '../../lib/index';
import { fakeProvider } from '../../lib/testing/index';
import { EXPRESS_MAJORS, type Gateway, startGateway } from '../support/gateway';

const ROUTE = '/v1/files/:file_id/content';

/** Remembers what middleware sees that names requests at their end. */
function namesAtTheEnd(): { readonly names: Set<string>; readonly middleware: RequestHandler } {
  const names = new Set<string>();
  return {
    names,
    middleware(req, res, next) {
      res.on('finish', () => names.add(`${req.baseUrl}${req.route?.path}`));
      next();
    },
  };
}

async function getAll(gateway: Gateway, paths: readonly string[]): Promise<void> {
  for (const path of paths) await fetch(`${gateway.origin}${path}`).then((response) => response.arrayBuffer());
}

describe.each(EXPRESS_MAJORS)('under Express %d', (major) => {
  it('all ids are one route for middleware that reads req.route', async () => {
    const fake = await fakeProvider({ files: { 'file-1': 'content' } });
    const { names, middleware } = namesAtTheEnd();
    await using gateway = await startGateway({ express: major, upstream: fake.origin, before: [middleware] });
    await getAll(gateway, ['/v1/files/file-1/content', '/v1/files/file-2/content', '/v1/files/a%00b/content']);
    expect([...names]).toEqual([ROUTE]);
    await fake.close();
  });

  it('a request that the resolver declines has the name of its own route', async () => {
    const { names, middleware } = namesAtTheEnd();
    await using gateway = await startGateway({
      express: major,
      before: [middleware],
      resolveProvider: () => undefined,
      after: (app) => {
        app.get('/v1/files/:id/content', (_req, res) => void res.send('mine'));
        app.use((req, res) => void res.send(`${req.route}`));
      },
    });
    await getAll(gateway, ['/v1/files/file-1/content']);
    expect([...names]).toEqual(['/v1/files/:id/content']);
    const head = await fetch(`${gateway.origin}/v1/files/file-1/content/`, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });

  it('express-prom-bundle counts one series', async () => {
    const fake = await fakeProvider({ files: { 'file-1': 'content' } });
    const register = new Registry();
    const bundle = promBundle({
      includePath: true,
      includeMethod: true,
      autoregister: false,
      promRegistry: register,
      normalizePath: (req: Request) => `${req.baseUrl}${req.route?.path ?? req.path}`,
    });
    await using gateway = await startGateway({ express: major, upstream: fake.origin, before: [bundle] });
    await getAll(gateway, ['/v1/files/file-1/content', '/v1/files/file-2/content', '/v1/files/file-3/content']);
    await gateway.recorded(3);
    const metric = await register.getSingleMetric('http_request_duration_seconds')?.get();
    const paths = new Set(metric?.values.map(({ labels }) => labels['path']));
    expect([...paths]).toEqual([ROUTE]);
    await fake.close();
  });

  it('the record of a route has the pattern of the mount, too', async () => {
    const routes: (string | undefined)[] = [];
    const observer: LoggingAdapter = {
      finished() {},
      observe({ route }) {
        routes.push(route);
        return undefined;
      },
    };
    await using gateway = await startGateway({ express: major, mount: '/:tenant/v1', logger: observer });
    await getAll(gateway, [
      '/acme/v1/files/a%00b/content',
      '/v1/v1/files/a%00b/content',
      '/a%20b/v1/files/x%00/content',
    ]);
    expect(routes).toEqual([
      '/:tenant/v1/files/:file_id/content',
      '/:tenant/v1/files/:file_id/content',
      '/:tenant/v1/files/:file_id/content',
    ]);
  });
});

it('a route of the application keeps its name with serve()', async () => {
  const routes: (string | undefined)[] = [];
  const files = createFileContent({
    logger: {
      finished() {},
      observe({ route }) {
        routes.push(route);
        return undefined;
      },
    },
  });
  const router = Router();
  router.get('/blobs/:id', (req, res) => {
    void files.serve(req, res, {
      provider: { name: 'none', streaming: false, fetchContent: () => ({ body: new Uint8Array() }) },
      fileId: 'f',
    });
  });
  const app = express().use('/v1', router);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  // The id is the mount's path, too.
  await fetch(`http://127.0.0.1:${port}/v1/blobs/v1`).then((response) => response.arrayBuffer());
  expect(routes).toEqual(['/v1/blobs/:id']);
  server.close();
  server.closeAllConnections();
});

it('a route that no text names has no name', () => {
  expect(routeOf({ route: { path: /files/ }, baseUrl: '/v1' })).toBeUndefined();
  expect(routeOf({ route: { path: ['/a', '/b'] } })).toBeUndefined();
  expect(routeOf({})).toBeUndefined();
  expect(routeOf({ route: { path: '/a' }, baseUrl: '/%zz', params: { x: 'y' } })).toBe('/%zz/a');
});
