/** Koa, with the routes that every framework's application has. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import Koa from 'koa';
import { type Framework, listen, OWN_HEADERS, ownError, servedOrThrown } from './framework';

export const koa: Framework = {
  name: 'Koa',
  start(mounted) {
    const { serve, complain } = mounted;
    const app = new Koa();
    app.on('error', (error) => complain('error event', error));
    app.use(async (ctx, next) => {
      ctx.set(OWN_HEADERS);
      try {
        await next();
      } catch (error) {
        if (ctx.path !== '/mine') throw error;
        const { status, body } = ownError(error);
        ctx.status = status;
        ctx.body = body;
        ctx.respond = true;
      }
    });
    app.use(async (ctx) => {
      if (ctx.path === '/parsed') {
        const body = await json(ctx.req);
        if (JSON.stringify(body) !== '{"is":"parsed"}') complain('the body was not parsed', body);
      }
      ctx.respond = false;
      if (ctx.path === '/mine') await servedOrThrown(mounted, ctx.req, ctx.res);
      else void serve(ctx.req, ctx.res);
    });
    return listen(createServer(app.callback()));
  },
};
