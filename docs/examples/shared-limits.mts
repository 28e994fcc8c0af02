// A gateway whose limits hold for all of its processes together. Start it as often as you like, with the same Redis.
import express from 'express';
import { createFileContent, openai } from 'express-file-content';
import { redisLimits } from 'express-file-content/redis';
import { Redis } from 'ioredis';

const { OPENAI_API_KEY = '', OPENAI_BASE_URL = 'https://api.openai.com/v1' } = process.env;

const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
// Without a listener the client prints every failed attempt to connect.
redis.on('error', (error) => console.error(`redis: ${error.message}`));

const provider = openai({ apiKey: OPENAI_API_KEY, baseURL: OPENAI_BASE_URL });

const files = createFileContent({
  // In place of this header: the tenant that your authentication has found.
  resolveProvider: (req) => ({ provider, tenant: String(req.headers['x-tenant'] ?? 'anonymous') }),
  limits: {
    maxConcurrent: 500,
    maxConcurrentPerTenant: Number(process.env['DOWNLOADS_PER_TENANT'] ?? 20),
    store: redisLimits(redis),
  },
});

const app = express();
app.use('/v1', files.router);

const server = app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', (error) => {
  if (error) throw error;
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', async () => {
  server.close();
  // Its places are free for the other processes when this is done.
  await files.close({ graceMs: 25_000 });
  server.closeAllConnections();
  redis.disconnect();
});
