// Nest on Express: with @Res() it leaves the response to the method.

import type { DynamicModule } from '@nestjs/common';
import { Controller, Get, Inject, Module, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Downloads } from './downloads.mts';

const DOWNLOADS = Symbol('downloads');

@Controller('download')
class DownloadController {
  readonly #downloads: Downloads;

  constructor(@Inject(DOWNLOADS) downloads: Downloads) {
    this.#downloads = downloads;
  }

  @Get(':id')
  async download(@Param('id') id: string, @Req() req: Request, @Res() res: Response): Promise<void> {
    const { files, provider } = this.#downloads;
    await files.serve(req, res, { provider, fileId: id });
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
