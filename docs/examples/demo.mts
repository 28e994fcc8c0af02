// `npm run demo`: OpenAI's SDK downloads one file directly and through the gateway of gateway.mts, and both are
// compared. With OPENAI_API_KEY and OPENAI_FILE_ID the file is one of yours at OpenAI.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type Download, download } from './demo-download.mts';
import { startDemoProvider } from './demo-provider.mts';
import { printReport } from './demo-report.mts';

const { OPENAI_API_KEY, OPENAI_FILE_ID } = process.env;

interface Source {
  readonly name: string;
  readonly baseURL: string;
  readonly apiKey: string;
  readonly fileId: string;
  close?(): Promise<void>;
}

async function source(): Promise<Source> {
  if (OPENAI_API_KEY && OPENAI_FILE_ID) {
    const baseURL = process.env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1';
    return { name: baseURL, baseURL, apiKey: OPENAI_API_KEY, fileId: OPENAI_FILE_ID };
  }
  return { name: 'a provider within this process', ...(await startDemoProvider()) };
}

/** The next message of the gateway's process; an error if it ends instead. */
async function message<T>(gateway: ChildProcess): Promise<T> {
  const ended = once(gateway, 'exit').then(([code]) => {
    throw new Error(`The gateway ended with code ${code}.`);
  });
  const [value] = await Promise.race([once(gateway, 'message'), ended]);
  return value;
}

const { name, baseURL, apiKey, fileId, close } = await source();
console.log(`Provider: ${name}. Set OPENAI_API_KEY and OPENAI_FILE_ID to use a file of yours at OpenAI.\n`);

const gateway = fork(new URL('./demo-gateway.mts', import.meta.url), {
  env: { ...process.env, PORT: '0', OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL },
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const log = gateway.stdout ? text(gateway.stdout) : Promise.resolve('');
const { port } = await message<{ port: number }>(gateway);

const direct: Download = await download({ label: 'direct', baseURL, apiKey, fileId });
const relayed: Download = await download({
  label: 'gateway',
  baseURL: `http://127.0.0.1:${port}/v1`,
  apiKey: 'sk-a-clients-own-key',
  fileId,
});

gateway.send('memory');
const memory = await message<{ rssAtStart: number; peakRss: number }>(gateway);
gateway.disconnect();
await close?.();
const isAsPromised = printReport({ direct, relayed, memory, log: await log });
process.exitCode = isAsPromised ? 0 : 1;
