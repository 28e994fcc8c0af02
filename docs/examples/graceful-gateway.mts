// A gateway that finishes its downloads when it is told to stop, and stops by a deadline whatever its clients do.
import { setImmediate } from 'node:timers/promises';
import express from 'express';
import { createFileContentRouter, type LoggingAdapter, openai } from 'express-file-content';
import gracefulShutdown from 'http-graceful-shutdown';

const { OPENAI_API_KEY = '', OPENAI_BASE_URL = 'https://api.openai.com/v1' } = process.env;

const provider = openai({ apiKey: OPENAI_API_KEY, baseURL: OPENAI_BASE_URL });

const running = new Set<string>();
const logger: LoggingAdapter = {
  started: ({ transferId }) => void running.add(transferId),
  finished(record) {
    running.delete(record.transferId);
    console.log(JSON.stringify(record));
  },
};

const app = express();
// Authentication belongs here, before the router.
app.use('/v1', createFileContentRouter({ resolveProvider: () => provider, logger }));

const server = app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});

/** Node reports a server as closed a moment before the responses that went with it: their records are still to come. */
async function lastRecords(): Promise<void> {
  while (running.size > 0) await setImmediate();
}

// On SIGTERM: the port is closed, connections without a request are closed at once, also those that never sent one, and
// running downloads go on. What still runs at the deadline is destroyed: its client sees an incomplete download, its
// record says client_aborted. Keep the deadline below the grace period of whatever sends the signal.
gracefulShutdown(server, {
  timeout: Number(process.env['SHUTDOWN_DEADLINE_MS'] ?? 25_000),
  onShutdown: lastRecords,
});
