// A gateway in a process of its own, whose limits are in Redis. It prints its port, and blocks when it is told to.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);

/** What the test writes into the first argument. */
interface Settings {
  /** Where the package is compiled to. */
  readonly lib: string;
  readonly redis: string;
  readonly upstream: string;
  readonly limit: number;
  readonly leaseMs: number;
}

const { lib, redis, upstream, limit, leaseMs }: Settings = JSON.parse(process.argv[2] ?? '{}');
const { createFileContent, openaiCompatible }: typeof import('../../lib/index.ts') = require(join(lib, 'index.js'));
const { redisLimits }: typeof import('../../lib/integrations/redis.ts') = require(join(lib, 'integrations/redis.js'));
const { Redis }: typeof import('ioredis') = require('ioredis');

const provider = openaiCompatible({ name: 'held', baseURL: `${upstream}/v1` });
const client = new Redis({ path: redis });
client.on('error', () => undefined);
// The tests count exactly: a machine under load must not make Redis look unavailable.
const store = redisLimits(client, { leaseMs, timeoutMs: leaseMs, whenUnavailable: 'refuse' });
const files = createFileContent({ limits: { maxConcurrentPerTenant: limit, store } });
const target = { provider, fileId: 'file-1', tenant: 'acme' };
const server = createServer((req, res) => void files.serve(req, res, target));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});

createInterface({ input: process.stdin }).on('line', (path) => {
  // Blocks the event loop, as a long computation would, until the file is there.
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(path)) Atomics.wait(cell, 0, 0, 20);
});
