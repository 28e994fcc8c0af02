// Fastify: the response is sent past it, so it has to be told, and the headers that it holds have to be set.
import Fastify, { type FastifyInstance } from 'fastify';
import type { Downloads } from './downloads.mts';

export function createApp({ files, provider }: Downloads): FastifyInstance {
  const app = Fastify();
  app.get<{ Params: { id: string } }>('/download/:id', (request, reply) => {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
    void files.serve(request.raw, reply.raw, { provider, fileId: request.params.id });
  });
  return app;
}
