import { createServer } from 'node:http';
import express from 'express';
import { announcePort } from './announce.mjs';
import { pipeTo } from './pipe-to.mjs';

/** The shortest proxy that an Express application can have. Argument: the provider's origin. */
const [origin = ''] = process.argv.slice(2);

const app = express();
app.use(pipeTo(origin));
announcePort(createServer(app));
