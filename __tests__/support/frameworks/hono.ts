/** Hono on Node, with the routes that every framework's application has. */
import { createServer } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type Framework, listen, OWN_HEADERS, ownError, servedOrThrown } from './framework';

type Env = { Bindings: HttpBindings };

/** Hono keeps the headers that middleware sets, until it sends a response itself. */
function applyHeaders(c: Context<Env>): void {
  for (const [name, value] of c.res.headers) c.env.outgoing.appendHeader(name, value);
}

export const hono: Framework = {
  name: 'Hono',
  start(mounted) {
    const { serve, complain } = mounted;
    const app = new Hono<Env>();
    app.use(cors({ origin: OWN_HEADERS['access-control-allow-origin'] }));
    app.use(async (c, next) => {
      c.header('x-app', OWN_HEADERS['x-app']);
      await next();
    });
    app.onError((error, c) => {
      if (c.req.path !== '/mine') complain('onError', error);
      const { status, body } = ownError(error);
      return c.json(body, status as ContentfulStatusCode);
    });
    app.on(['GET', 'POST'], '/file', (c) => {
      applyHeaders(c);
      void serve(c.env.incoming, c.env.outgoing);
      return RESPONSE_ALREADY_SENT;
    });
    app.post('/parsed', async (c) => {
      const body = await c.req.json();
      if (body.is !== 'parsed') complain('the body was not parsed', body);
      applyHeaders(c);
      void serve(c.env.incoming, c.env.outgoing);
      return RESPONSE_ALREADY_SENT;
    });
    app.get('/mine', async (c) => {
      await servedOrThrown(mounted, c.env.incoming, c.env.outgoing);
      return RESPONSE_ALREADY_SENT;
    });
    // Outside of tests one lets it replace the global Request and Response.
    return listen(createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false })));
  },
};
