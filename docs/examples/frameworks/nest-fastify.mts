// Nest on Fastify: Fastify's rules, in Nest's form.

import type { DynamicModule } from '@nestjs/common';
import { Controller, Get, Inject, Module, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Downloads } from './downloads.mts';

const DOWNLOADS = Symbol('downloads');

@Controller('download')
class DownloadController {
  readonly #downloads: Downloads;

  constructor(@Inject(DOWNLOADS) downloads: Downloads) {
    this.#downloads = downloads;
  }

  @Get(':id')
  async download(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { files, provider } = this.#downloads;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
    await files.serve(request.raw, reply.raw, { provider, fileId: id });
  }
}

@Module({})
class DownloadModule {}

export function downloadModule(downloads: Downloads): DynamicModule {
  return {
    module: DownloadModule,
    controllers: [DownloadController],
    providers: [{ provide: DOWNLOADS, useValue: downloads }],
  };
}
