/** Fastify, with the routes that every framework's application has. */
import { Writable } from 'node:stream';
import Fastify, { type FastifyReply } from 'fastify';
import { type Framework, listen, OWN_HEADERS, ownError, servedOrThrown } from './framework';

/** Fastify keeps the headers that plugins set, until it sends a response itself. */
export function applyHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
}

export const fastify: Framework = {
  name: 'Fastify',
  async start(mounted) {
    const { serve, complain } = mounted;
    const stream = new Writable({
      write(line, _encoding, done) {
        complain('log', String(line));
        done();
      },
    });
    const app = Fastify({ logger: { level: 'warn', stream } });
    app.addHook('onRequest', async (_request, reply) => void reply.headers(OWN_HEADERS));
    app.addHook('onError', async (request, _reply, error) => {
      if (request.url !== '/mine') complain('onError', error);
    });
    app.setErrorHandler((error, _request, reply) => {
      const { status, body } = ownError(error);
      return reply.code(status).send(body);
    });
    app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));

    app.route({
      method: ['GET', 'POST'],
      url: '/file',
      handler: (request, reply) => {
        reply.hijack();
        applyHeaders(reply);
        void serve(request.raw, reply.raw);
      },
    });
    app.post<{ Body: { is?: string } }>('/parsed', (request, reply) => {
      if (request.body.is !== 'parsed') complain('the body was not parsed', request.body);
      reply.hijack();
      applyHeaders(reply);
      void serve(request.raw, reply.raw);
    });
    app.get('/mine', async (request, reply) => {
      applyHeaders(reply);
      await servedOrThrown(mounted, request.raw, reply.raw);
      reply.hijack();
    });
    await app.ready();
    const { port, close } = await listen(app.server);
    return {
      port,
      async close() {
        await close();
        await app.close();
      },
    };
  },
};
