import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import Koa from 'koa';
import { createFileContent, openaiCompatible } from '../../lib/index';

const { serve } = createFileContent({});
const target = { provider: openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9' }), fileId: 'file-1' };

function messageOf(...given: unknown[]): string {
  try {
    void Reflect.apply(serve, undefined, [...given, target]);
    return 'nothing was thrown';
  } catch (error) {
    return String(error);
  }
}

it('serve tells what to write in place of Fastify’s own objects', async () => {
  const app = Fastify();
  app.get('/', (request, reply) => [messageOf(request, reply.raw), messageOf(request.raw, reply)]);
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  expect(await (await fetch(origin)).json()).toEqual([
    expect.stringMatching(/^TypeError: serve: "req" must be Node's IncomingMessage, got .*; write request\.raw\./),
    expect.stringMatching(/^TypeError: serve: "res" must be Node's ServerResponse, got .*; write reply\.raw\./),
  ]);
  app.server.closeAllConnections();
  await app.close();
});

it('serve tells what to write in place of Koa’s own objects', async () => {
  const koa = new Koa();
  koa.use((ctx) => {
    ctx.body = [messageOf(ctx, ctx.res), messageOf(ctx.request, ctx.res), messageOf(ctx.req, ctx.response)];
  });
  const server = createServer(koa.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await response.json()).toEqual([
    expect.stringMatching(/^TypeError: serve: "req" must be .*; write ctx\.req\./),
    expect.stringMatching(/^TypeError: serve: "req" must be .*; write ctx\.req\./),
    expect.stringMatching(/^TypeError: serve: "res" must be .*; write ctx\.res\./),
  ]);
  server.closeAllConnections();
  server.close();
});
