// A gateway that finishes its downloads when it is told to stop, and stops by a deadline whatever its clients do.
import express from 'express';
import { createFileContent, openai } from 'express-file-content';

const { OPENAI_API_KEY = '', OPENAI_BASE_URL = 'https://api.openai.com/v1' } = process.env;

const provider = openai({ apiKey: OPENAI_API_KEY, baseURL: OPENAI_BASE_URL });

const files = createFileContent({
  resolveProvider: () => provider,
  logger: { finished: (record) => console.log(JSON.stringify(record)) },
});

const app = express();
// Authentication belongs here, before the router.
app.use('/v1', files.router);
app.get('/transfers', (_req, res) => {
  res.json(files.active());
});

const server = app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', async () => {
  // The port is closed, and so are connections on which no request runs.
  server.close();
  // Downloads go on. Those that still run at the deadline are cut off: the client sees an incomplete download, the
  // record says client_aborted. Keep the deadline below the grace period of whatever sends the signal.
  await files.close({ graceMs: Number(process.env['SHUTDOWN_DEADLINE_MS'] ?? 25_000) });
  // What is left: connections that never sent a request.
  server.closeAllConnections();
  process.exit();
});
