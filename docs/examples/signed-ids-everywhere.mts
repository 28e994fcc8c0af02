// A gateway whose clients never see a provider's file id: uploads, lists and batches go through a proxy that replaces
// the ids in both directions, downloads through the router.
import express, { type Express, type Request } from 'express';
import {
  createFileContentRouter,
  fileIdCodec,
  fileIdRewriter,
  openai,
  registryResolver,
  rewriteFileIds,
} from 'express-file-content';
import { createProxyMiddleware } from 'http-proxy-middleware';

export interface Settings {
  readonly openaiKey: string;
  readonly openaiBaseURL: string;
  readonly fileIdKey: Uint8Array;
  /** Whose token it is. */
  readonly tenants: ReadonlyMap<string, string>;
}

export function createGateway({ openaiKey, openaiBaseURL, fileIdKey, tenants }: Settings): Express {
  const fileIds = fileIdCodec({ keys: [fileIdKey] });

  function tenantOf(req: Request): string {
    return tenants.get(req.get('authorization')?.replace(/^Bearer /, '') ?? '') ?? '';
  }

  // A signed id becomes the provider's where it is this tenant's; every other id becomes one that does not exist.
  function nativeId(req: Request, id: string): string {
    const file = fileIds.decode(id);
    return file?.tenant === tenantOf(req) ? file.fileId : 'file-unknown';
  }

  const proxy = createProxyMiddleware<Request>({
    target: openaiBaseURL,
    changeOrigin: true,
    pathRewrite: (path, req) => path.replace(/file-[\w-]+/g, (id) => nativeId(req, id)),
    on: {
      proxyReq(proxyReq, req) {
        proxyReq.setHeader('authorization', `Bearer ${openaiKey}`);
        if (typeof req.body !== 'string') return;
        const body = rewriteFileIds(req.body, (id) => nativeId(req, id));
        proxyReq.setHeader('content-length', Buffer.byteLength(body));
        proxyReq.end(body);
      },
    },
  });

  const app = express();
  app.use((req, res, next) => {
    if (tenantOf(req) !== '') next();
    else
      res
        .status(401)
        .json({ error: { message: 'Unknown token.', type: 'authentication_error', param: null, code: null } });
  });
  app.use(
    '/v1',
    createFileContentRouter({
      resolveProvider: registryResolver({
        providers: { openai: openai({ apiKey: openaiKey, baseURL: openaiBaseURL }) },
        fileIds,
        tenant: tenantOf,
      }),
    }),
    // Only JSON is read here: an upload streams through.
    express.text({ type: 'application/json' }),
    fileIdRewriter({
      encode: (fileId, _found, req: Request) => fileIds.encode({ provider: 'openai', fileId, tenant: tenantOf(req) }),
    }),
    proxy,
  );
  return app;
}
