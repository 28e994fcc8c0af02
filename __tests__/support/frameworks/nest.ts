/** Nest on Express and on Fastify, with the routes that every framework's application has. */
import 'reflect-metadata';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  All,
  type ArgumentsHost,
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  Inject,
  Module,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { applyHeaders } from './fastify';
import { type Framework, listen, type Mounted, OWN_HEADERS, ownError, servedOrThrown } from './framework';

const MOUNTED = Symbol('mounted');

/** Answers what the routes throw. */
@Catch()
class OwnErrors implements ExceptionFilter {
  readonly #adapters: HttpAdapterHost;
  readonly #mounted: Mounted;

  constructor(@Inject(HttpAdapterHost) adapters: HttpAdapterHost, @Inject(MOUNTED) mounted: Mounted) {
    this.#adapters = adapters;
    this.#mounted = mounted;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const [request, response] = host.getArgs<[{ url: string }, unknown]>();
    if (request.url !== '/mine') this.#mounted.complain('exception filter', error);
    const { status, body } = ownError(error);
    this.#adapters.httpAdapter.reply(response, body, status);
  }
}

@Controller()
class OnExpress {
  constructor(@Inject(MOUNTED) private readonly mounted: Mounted) {}

  @All('file')
  file(@Req() req: IncomingMessage, @Res() res: ServerResponse): void {
    void this.mounted.serve(req, res);
  }

  @Post('parsed')
  parsed(@Req() req: IncomingMessage, @Res() res: ServerResponse, @Body() body: { is?: string }): void {
    if (body.is !== 'parsed') this.mounted.complain('the body was not parsed', body);
    void this.mounted.serve(req, res);
  }

  @Get('mine')
  async mine(@Req() req: IncomingMessage, @Res() res: ServerResponse): Promise<void> {
    await servedOrThrown(this.mounted, req, res);
  }
}

@Controller()
class OnFastify {
  constructor(@Inject(MOUNTED) private readonly mounted: Mounted) {}

  @All('file')
  file(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    applyHeaders(reply);
    void this.mounted.serve(request.raw, reply.raw);
  }

  @Post('parsed')
  parsed(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: { is?: string }): void {
    if (body.is !== 'parsed') this.mounted.complain('the body was not parsed', body);
    this.file(request, reply);
  }

  @Get('mine')
  async mine(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    applyHeaders(reply);
    await servedOrThrown(this.mounted, request.raw, reply.raw);
  }
}

@Module({})
class Downloads {}

async function start(app: INestApplication<Server>, { complain }: Mounted): ReturnType<Framework['start']> {
  app.useLogger({
    log: () => undefined,
    warn: (message: unknown) => complain('log', message),
    error: (message: unknown) => complain('log', message),
  });
  app.enableCors({ origin: OWN_HEADERS['access-control-allow-origin'] });
  app.useGlobalFilters(new OwnErrors(app.get(HttpAdapterHost), app.get(MOUNTED)));
  await app.init();
  if (app.getHttpAdapter().getType() === 'fastify') await app.getHttpAdapter().getInstance().ready();
  const { port, close } = await listen(app.getHttpServer());
  return {
    port,
    async close() {
      await close();
      await app.close();
    },
  };
}

function downloads(controller: typeof OnExpress | typeof OnFastify, mounted: Mounted) {
  return { module: Downloads, controllers: [controller], providers: [{ provide: MOUNTED, useValue: mounted }] };
}

export const nestOnExpress: Framework = {
  name: 'Nest on Express',
  async start(mounted) {
    const app = await NestFactory.create(downloads(OnExpress, mounted), new ExpressAdapter(), { logger: false });
    app.use((_req: IncomingMessage, res: ServerResponse, next: () => void) => {
      res.setHeader('x-app', OWN_HEADERS['x-app']);
      next();
    });
    return start(app, mounted);
  },
};

export const nestOnFastify: Framework = {
  name: 'Nest on Fastify',
  async start(mounted) {
    const adapter = new FastifyAdapter();
    const app = await NestFactory.create<NestFastifyApplication>(downloads(OnFastify, mounted), adapter, {
      logger: false,
    });
    const server = adapter.getInstance();
    server.addHook('onRequest', async (_request, reply) => void reply.header('x-app', OWN_HEADERS['x-app']));
    server.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
    return start(app, mounted);
  },
};
