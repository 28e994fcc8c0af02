import { createServer } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { announcePort } from './announce.mjs';

/** http-proxy-middleware in Express with its defaults. Argument: the provider's origin. */
const [target = ''] = process.argv.slice(2);

const app = express();
app.get('/health', (_req, res) => res.send('ok'));
app.use(createProxyMiddleware({ target, changeOrigin: true, on: { error: (_error, _req, res) => res.destroy() } }));
announcePort(createServer(app));
