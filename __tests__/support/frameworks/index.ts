/** Every framework on whose routes `serve` is tested. */
import { express4, express5 } from './express';
import { fastify } from './fastify';
import type { Framework } from './framework';
import { hono } from './hono';
import { koa } from './koa';
import { nestOnExpress, nestOnFastify } from './nest';
import { nextPages } from './next-pages';
import { nodeHttp } from './node-http';

export const FRAMEWORKS: readonly Framework[] = [
  express5,
  express4,
  fastify,
  koa,
  nestOnExpress,
  nestOnFastify,
  hono,
  nextPages,
  nodeHttp,
];
