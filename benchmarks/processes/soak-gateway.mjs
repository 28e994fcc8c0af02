import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { getHeapSpaceStatistics } from 'node:v8';
import express from 'express';
import { createFileContentRouter, openaiCompatible } from '../../dist/index.js';
import { announcePort } from './announce.mjs';

/**
 * This package in an Express application that reports its memory. Arguments: the provider's origin over TCP, over TLS.
 * `GET /memory` is what the process holds.
 */
const [plain = '', secure = ''] = process.argv.slice(2);

function files(origin, delivery) {
  const provider = openaiCompatible({ name: 'bench', baseURL: `${origin}/v1`, apiKey: 'sk-bench' });
  return createFileContentRouter({ resolveProvider: () => ({ provider, delivery }) });
}

/** Bytes of a line of smaps_rollup (proc(5)), which is in kB. */
function resident(field) {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync('/proc/self/smaps_rollup', 'utf8'),
  )?.[1];
  return Number(kibibytes ?? Number.NaN) * 1024;
}

function report(_req, res) {
  const { heapUsed, heapTotal, arrayBuffers } = process.memoryUsage();
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.physical_space_size;
  res.json({
    pid: process.pid,
    rss: resident('Rss'),
    anonymous: resident('Anonymous'),
    heapUsed,
    heapTotal,
    young,
    arrayBuffers,
  });
}

const app = express();
app.use('/v1', files(plain, 'stream'));
app.use('/tls/v1', files(secure, 'stream'));
app.use('/buffered/v1', files(plain, 'buffer'));
app.get('/memory', report);
announcePort(createServer(app));
