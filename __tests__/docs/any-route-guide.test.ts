import { globSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import 'reflect-metadata';
import { getRequestListener } from '@hono/node-server';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createFileContent, isFileContentError, openaiCompatible } from '../../lib/index';
import { recordingAdapter } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { download } from '../support/download';
import { serve } from '../support/local-server';

type Downloads = import('../../docs/examples/frameworks/downloads.mjs').Downloads;

const docs = join(__dirname, '../../docs');
const guide = readFileSync(join(docs, 'guides/any-route.md'), 'utf8');

function example<Module extends object>(name: string): Module {
  return jest.requireActual<Module>(join(docs, 'examples/frameworks', `${name}.mts`));
}

// A guide shows a part of a function without its indentation.
function unindent(text: string): string {
  return text.replace(/^ +/gm, '');
}

test('the code in docs/guides/any-route.md is that of its examples', () => {
  const paths = globSync('examples/{download-handlers,frameworks/*}.mts', { cwd: docs });
  const code = paths.map((path) => unindent(readFileSync(join(docs, path), 'utf8')));
  const [, ...fences] = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, fence = '']) => unindent(fence));
  expect(fences.length).toBeGreaterThan(10);
  const strange = fences.filter((fence) => !code.some((text) => text.includes(fence)));
  expect(strange).toEqual([]);
});

/** What Node's server calls, and how its framework is shut down. */
interface Listening {
  readonly listener: RequestListener;
  readonly close?: () => Promise<unknown>;
}

type Nest = { downloadModule(downloads: Downloads): DynamicModule };

/** How each example's application is put on a server of Node's. */
const FRAMEWORKS: Readonly<Record<string, (downloads: Downloads) => Listening | Promise<Listening>>> = {
  express(downloads) {
    const { createApp } = example<typeof import('../../docs/examples/frameworks/express.mjs')>('express');
    return { listener: createApp(downloads) };
  },
  async fastify(downloads) {
    const { createApp } = example<typeof import('../../docs/examples/frameworks/fastify.mjs')>('fastify');
    const app = createApp(downloads);
    await app.ready();
    return { listener: app.routing, close: () => app.close() };
  },
  koa(downloads) {
    const { createApp } = example<typeof import('../../docs/examples/frameworks/koa.mjs')>('koa');
    return { listener: createApp(downloads).callback() };
  },
  async nest(downloads) {
    const module = example<Nest>('nest').downloadModule(downloads);
    const app = await NestFactory.create(module, new ExpressAdapter(), { logger: false });
    await app.init();
    return { listener: app.getHttpAdapter().getInstance(), close: () => app.close() };
  },
  async 'nest-fastify'(downloads) {
    const module = example<Nest>('nest-fastify').downloadModule(downloads);
    const adapter = new FastifyAdapter();
    const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: false });
    await app.init();
    await adapter.getInstance().ready();
    return { listener: adapter.getInstance().routing, close: () => app.close() };
  },
  hono(downloads) {
    const { createApp } = example<typeof import('../../docs/examples/frameworks/hono.mjs')>('hono');
    return { listener: getRequestListener(createApp(downloads).fetch, { overrideGlobalObjects: false }) };
  },
  'next-pages'(downloads) {
    const { createHandler } = example<typeof import('../../docs/examples/frameworks/next-pages.mjs')>('next-pages');
    const handler = createHandler(downloads);
    return { listener: (req, res) => void handler(Object.assign(req, { query: { id: req.url?.split('/')[2] } }), res) };
  },
  'node-http'(downloads) {
    const { createApp } = example<typeof import('../../docs/examples/frameworks/node-http.mjs')>('node-http');
    const server = createApp(downloads);
    return { listener: (req, res) => void server.emit('request', req, res) };
  },
};

test('every example of a framework is tested', () => {
  const names = globSync('*.mts', { cwd: join(docs, 'examples/frameworks') }).map((name) => name.slice(0, -4));
  expect([...Object.keys(FRAMEWORKS), 'downloads', 'own-errors'].sort()).toEqual(names.sort());
});

test.each(Object.entries(FRAMEWORKS))('a route of a framework: %s', async (_name, listen) => {
  await using held = await startContentProvider('content');
  const log = recordingAdapter();
  const files = createFileContent({ logger: log });
  const provider = openaiCompatible({ name: 'held', baseURL: `${held.origin}/v1` });
  const { listener, close } = await listen({ files, provider });
  await using server = await serve(listener);
  const whole = await download(`${server.origin}/download/_x-1`);
  expect(whole).toMatchObject({ status: 200, body: Buffer.from('content') });
  expect((await download(`${server.origin}/download/file-missing`)).status).toBe(404);
  expect((await download(`${server.origin}/download/_x-1`, { method: 'HEAD' })).headers['content-length']).toBe('7');
  expect(await log.finished(3)).toMatchObject([{ fileId: '_x-1', status: 200 }, { status: 404 }, { method: 'HEAD' }]);
  // Paths that cannot be decoded or parsed do not end the process.
  for (const path of ['/download/%zz', '//']) await download(`${server.origin}${path}`);
  expect((await download(`${server.origin}/download/_x-1`)).status).toBe(200);
  await close?.();
  await files.close();
});

test('errors of your own: what serve gives to onError is thrown', async () => {
  await using held = await startContentProvider('content');
  const files = createFileContent({});
  const provider = openaiCompatible({ name: 'held', baseURL: `${held.origin}/v1` });
  const { serveOrThrow } = example<typeof import('../../docs/examples/frameworks/own-errors.mjs')>('own-errors');
  await using server = await serve(async (req, res) => {
    try {
      const record = await serveOrThrow(files, req, res, { provider, fileId: req.url?.slice(1) ?? '' });
      expect(record.outcome).toBe('completed');
    } catch (error) {
      res.writeHead(418).end(isFileContentError(error) ? error.code : String(error));
    }
  });
  expect(await download(`${server.origin}/file-1`)).toMatchObject({ status: 200, body: Buffer.from('content') });
  const failed = await download(`${server.origin}/file-missing`);
  expect(failed).toMatchObject({ status: 418, body: Buffer.from('file_not_found') });
  await files.close();
});
