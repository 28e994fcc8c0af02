import { createServer } from 'node:http';
import express from 'express';
import session from 'express-session';
import { createFileContentRouter, openaiCompatible } from '../../dist/index.js';
import { announcePort } from './announce.mjs';

/**
 * This package in an Express application. Arguments: the provider's origin; `stream`, `pipeline` (no relay), `buffer`,
 * `immutable` (resumes without an ETag too) or `session`.
 */
const [origin = '', mode = 'stream'] = process.argv.slice(2);
const provider = openaiCompatible({ name: 'bench', baseURL: `${origin}/v1`, apiKey: 'sk-bench' });

const app = express();
app.get('/health', (_req, res) => res.send('ok'));
if (mode === 'session') app.use(session({ secret: 'bench', resave: false, saveUninitialized: false }));
app.use(
  '/v1',
  createFileContentRouter({
    resolveProvider: () => ({ provider, delivery: mode === 'buffer' ? 'buffer' : 'stream' }),
    relay: mode !== 'pipeline',
    resume: { mode: mode === 'immutable' ? 'immutable' : 'safe' },
  }),
);
announcePort(createServer(app));
