// Koa: with `ctx.respond = false` it leaves the response alone.
import Koa from 'koa';
import type { Downloads } from './downloads.mts';

export function createApp({ files, provider }: Downloads): Koa {
  const app = new Koa();
  app.use(async (ctx, next) => {
    const id = /^\/download\/([^/]+)$/.exec(ctx.path)?.[1];
    if (id === undefined) return next();
    ctx.respond = false;
    await files.serve(ctx.req, ctx.res, { provider, fileId: decodeURIComponent(id) });
  });
  return app;
}
