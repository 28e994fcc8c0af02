// Hono on Node: @hono/node-server has Node's objects in `c.env`.
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Downloads } from './downloads.mts';

export function createApp({ files, provider }: Downloads): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.get('/download/:id', async (c) => {
    const { incoming, outgoing } = c.env;
    for (const [name, value] of c.res.headers) outgoing.appendHeader(name, value);
    await files.serve(incoming, outgoing, { provider, fileId: c.req.param('id') });
    return RESPONSE_ALREADY_SENT;
  });
  return app;
}
