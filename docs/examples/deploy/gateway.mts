// A gateway to deploy: authentication, limits, records, metrics and probes. When it is told to stop, it leaves its load
// balancer, finishes its downloads and stops by a deadline. The settings are in docs/guides/deployment.md.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Server } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import express, { type Request } from 'express';
import { consoleLogger, createFileContent, openai } from 'express-file-content';
import { prometheusMetrics } from 'express-file-content/prometheus';
import { redisLimits } from 'express-file-content/redis';
import { Redis } from 'ioredis';
import { collectDefaultMetrics, register } from 'prom-client';

const { env } = process;

/** A number from the environment. A typing error stops the start, not the thousandth request. */
function number(name: string, preset: number): number {
  const value = Number(env[name] || preset);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number, not ${env[name]}`);
  return value;
}

function required(name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} must be set`);
  return value;
}

const hash = (key: string): string => createHash('sha256').update(key).digest('hex');

/** GATEWAY_KEYS is `tenant:key,tenant:key`. Hashes are compared, so that timing says nothing about a key. */
const tenants = new Map(
  required('GATEWAY_KEYS')
    .split(',')
    .map((pair) => {
      const [, tenant, key] = /^([^:]+):(.+)$/.exec(pair.trim()) ?? [];
      if (!tenant || !key) throw new Error('GATEWAY_KEYS must be tenant:key,tenant:key');
      return [hash(key), tenant];
    }),
);

/** The tenant comes from the key that was checked, never from a header that a client chooses. */
function tenantOf(req: Request): string | undefined {
  const key = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
  return key === undefined ? undefined : tenants.get(hash(key));
}

const provider = openai({
  apiKey: required('OPENAI_API_KEY'),
  baseURL: env['OPENAI_BASE_URL'] || 'https://api.openai.com/v1',
});

// With Redis, limits hold for all replicas together. While it is away, each replica keeps to them by itself.
const redis = env['REDIS_URL'] ? new Redis(env['REDIS_URL']) : undefined;
redis?.on('error', (error) => console.error(`redis: ${error.message}`));

const files = createFileContent({
  // All tenants share one account here. "Many tenants" in the guides gives each its own.
  resolveProvider: (req) => ({ provider, tenant: tenantOf(req), context: { clientAddress: req.ip } }),
  limits: {
    maxConcurrent: number('MAX_TRANSFERS', 500),
    maxConcurrentPerTenant: number('MAX_TRANSFERS_PER_TENANT', 50),
    store: redis && redisLimits(redis),
  },
  buffer: env['BUFFER_DIRECTORY'] ? { directory: env['BUFFER_DIRECTORY'] } : undefined,
  logger: [consoleLogger(), prometheusMetrics()],
});

const drainDelayMs = number('DRAIN_DELAY_MS', 5_000);
/** How long after its connection a proxy may send the request. */
const arrivingMs = number('ARRIVING_MS', 1_000);
const graceMs = number('SHUTDOWN_GRACE_MS', 25_000);
let state: 'serving' | 'draining' | 'closing' = 'serving';

const app = express();
app.disable('x-powered-by');
// Whose X-Forwarded-For is believed: proxies on this machine and in private networks.
app.set('trust proxy', 'loopback, linklocal, uniquelocal');
// The process lives. Nothing outside it belongs here, or an outage of a provider would restart every replica.
app.get('/healthz', (_req, res) => {
  res.send('ok\n');
});
// May new downloads come here?
app.get('/readyz', (_req, res) => {
  res.status(state === 'serving' ? 200 : 503).send(`${state}\n`);
});
app.use((req, res, next) => {
  // Connections that a proxy keeps are given up one by one: with a response, or when a download that began before ends.
  // Otherwise the proxy would send its next request there.
  if (state !== 'serving') res.set('Connection', 'close');
  res.once('close', () => {
    if (state === 'closing') setImmediate(() => server.closeIdleConnections());
  });
  if (tenantOf(req) !== undefined) return next();
  const error = { message: 'Incorrect API key.', type: 'invalid_request_error', param: null, code: 'invalid_api_key' };
  res.status(401).set('WWW-Authenticate', 'Bearer').json({ error });
});
app.use('/v1', files.router);

// For Prometheus, on a port of its own that no client reaches.
const metrics = express();
metrics.get('/metrics', async (_req, res) => {
  res.type(register.contentType).send(await register.metrics());
});

const host = env['HOST'] || '127.0.0.1';
const server = app.listen(number('PORT', 8080), host, (error) => announce(server, 'requests', error));
// Longer than any proxy keeps an idle connection, so that it is never the gateway that closes one just as a request
// arrives on it.
server.keepAliveTimeout = 75_000;

const metricsServer = env['METRICS_PORT']
  ? metrics.listen(number('METRICS_PORT', 0), host, (error) => announce(metricsServer, 'metrics', error))
  : undefined;
if (metricsServer) collectDefaultMetrics();

function announce(listening: typeof server | undefined, what: string, error: Error | undefined): void {
  if (error) throw error;
  const address = listening?.address();
  console.log(`listening for ${what} on port ${typeof address === 'object' ? address?.port : address}`);
}

// A second SIGTERM ends the process at once.
process.once('SIGTERM', async () => {
  state = 'draining';
  console.log('draining: /readyz is 503');
  // Until every load balancer has seen that /readyz is 503, new downloads still arrive, and are served.
  await setTimeout(drainDelayMs);
  // The port is closed, and nothing else: server.close() would also end a connection that was accepted just before,
  // whose request is about to arrive.
  const closed = once(Server.prototype.close.call(server), 'close');
  await Promise.race([closed, setTimeout(arrivingMs)]);
  state = 'closing';
  console.log(`closing: new downloads are refused, ${files.active().length} still run`);
  server.close();
  // Downloads go on. Those that still run at the deadline are cut off: the client sees an incomplete download, the
  // record says client_aborted.
  await files.close({ graceMs });
  // What is left: connections that never sent a request.
  server.closeAllConnections();
  redis?.disconnect();
  process.exit();
});
