// Peak memory of the buffered delivery: many downloads of one file at once, client, gateway and provider each in a
// process of their own. Needs `npm run build`. By hand:
//
//   node benchmarks/buffered.mjs [downloads=1000] [bytes=68156820] [disk=80] [client bytes a second, 0: no limit]
//
// `disk` is buffer.maxDiskBytes in GiB: with the default of 10, most of a thousand are refused with 503.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { pipeline, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const [role = 'main', ...rest] = process.argv.slice(2);
const MIB = 1024 * 1024;

function contentOf(bytes) {
  const block = Buffer.alloc(256 * 1024);
  for (let index = 0; index < block.length; index += 4) block.writeUInt32LE(Math.imul(index, 2654435761) >>> 0, index);
  return { block, size: bytes };
}

function* pieces({ block, size }) {
  for (let left = size; left > 0; left -= block.length) yield left >= block.length ? block : block.subarray(0, left);
}

async function listen(server) {
  server.listen(0, '127.0.0.1', 4096);
  await once(server, 'listening');
  process.send({ port: server.address().port });
}

async function provider(bytes) {
  const content = contentOf(bytes);
  await listen(
    createServer((_req, res) => {
      res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
      const source = Readable.from(pieces(content), { objectMode: false, highWaterMark: 64 * 1024 });
      pipeline(source, res, () => undefined);
    }),
  );
}

async function gateway(port, maxDiskBytes) {
  const express = require('express');
  const { createFileContentRouter } = require('../dist/index.js');
  const app = express();
  const outcomes = {};
  app.use(
    '/v1',
    createFileContentRouter({
      resolveProvider: () => ({
        name: 'bench',
        streaming: false,
        locate: () => ({ url: `http://127.0.0.1:${port}/content` }),
      }),
      buffer: { maxDiskBytes },
      timeouts: { headers: 0, idle: 0, clientIdle: 0, connect: 0 },
      logger: {
        finished({ outcome }) {
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        },
      },
    }),
  );
  process.on('message', () => {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    const { user, system } = process.cpuUsage();
    process.send({ peakMiB: Number(peak) / 1024, cpuSeconds: (user + system) / 1e6, outcomes }, () => process.exit());
  });
  await listen(createServer(app));
}

function download(port, agent, rate, onHead) {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    request({ host: '127.0.0.1', port, path: '/v1/files/file-1/content', agent }, (response) => {
      onHead(response.statusCode);
      response.on('data', (chunk) => {
        hash.update(chunk);
        if (rate > 0) {
          response.pause();
          setTimeout(() => response.resume(), (chunk.length / rate) * 1000);
        }
      });
      response.on('end', () => resolve({ status: response.statusCode, hash: hash.digest('hex') }));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

async function start(name, ...args) {
  const child = fork(fileURLToPath(import.meta.url), [name, ...args.map(String)], {
    execArgv: name === 'gateway' ? (process.env.GATEWAY_ARGV ?? '').split(' ').filter(Boolean) : [],
  });
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

async function main(downloads, bytes, diskGiB, rate) {
  const upstream = await start('provider', bytes);
  const served = await start('gateway', upstream.port, diskGiB * 1024 * MIB);
  const expected = createHash('sha256');
  for (const piece of pieces(contentOf(bytes))) expected.update(piece);
  const digest = expected.digest('hex');
  const agent = new Agent({ maxSockets: Infinity });
  const began = performance.now();
  let heads = 0;
  const progress = setInterval(
    () => process.stderr.isTTY && process.stderr.write(`\r${heads} of ${downloads} answered `),
    500,
  );
  const results = await Promise.allSettled(
    Array.from({ length: downloads }, () =>
      download(served.port, agent, rate, () => {
        heads += 1;
      }),
    ),
  );
  clearInterval(progress);
  const seconds = (performance.now() - began) / 1000;
  const values = results.map((result) => result.value);
  const whole = values.filter((value) => value?.status === 200 && value.hash === digest).length;
  const exited = once(served.child, 'exit');
  served.child.send('report');
  const [report] = await once(served.child, 'message');
  console.log({
    downloads,
    bytes,
    whole,
    refused: values.filter((value) => value?.status === 503).length,
    failed: results.filter(({ status }) => status === 'rejected').length,
    seconds: Number(seconds.toFixed(1)),
    ...report,
  });
  upstream.child.kill();
  await exited;
  agent.destroy();
}

const numbers = rest.map(Number);
if (role === 'provider') await provider(numbers[0]);
else if (role === 'gateway') await gateway(numbers[0], numbers[1]);
else {
  const [downloads = 1000, bytes = 68_156_820, disk = 80, rate = 0] = process.argv.slice(2).map(Number);
  await main(downloads, bytes, disk, rate);
}
