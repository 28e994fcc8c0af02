// OpenAI's SDK downloads one file directly and through the gateway of gateway.mts, and both are compared.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type Download, download } from './demo-download.mts';
import { startDemoProvider } from './demo-provider.mts';
import { printReport } from './demo-report.mts';

interface Source {
  readonly name: string;
  readonly baseURL: string;
  readonly apiKey: string;
  readonly fileId: string;
  readonly cutFileId?: string;
  close?(): Promise<void>;
}

async function source(cuts: number): Promise<Source> {
  const { OPENAI_API_KEY, OPENAI_FILE_ID, OPENAI_BASE_URL } = process.env;
  if (OPENAI_API_KEY && OPENAI_FILE_ID && cuts === 0) {
    const baseURL = OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
    return { name: baseURL, baseURL, apiKey: OPENAI_API_KEY, fileId: OPENAI_FILE_ID };
  }
  const name = cuts === 0 ? 'a provider within this process' : `a provider within this process that cuts ${cuts} times`;
  return { name, ...(await startDemoProvider(cuts)) };
}

/** The next message of the gateway's process; an error if it ends instead. */
async function message<T>(gateway: ChildProcess): Promise<T> {
  const ended = once(gateway, 'exit').then(([code]) => {
    throw new Error(`The gateway ended with code ${code}.`);
  });
  const [value] = await Promise.race([once(gateway, 'message'), ended]);
  return value;
}

/**
 * Prints both downloads side by side.
 *
 * @param cuts how often the provider cuts the gateway's download off
 * @returns is everything as it should be?
 */
export async function compare(cuts: number): Promise<boolean> {
  const { name, baseURL, apiKey, fileId, cutFileId, close } = await source(cuts);
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
    fileId: cuts > 0 && cutFileId !== undefined ? cutFileId : fileId,
  });

  gateway.send('memory');
  const memory = await message<{ rssAtStart: number; peakRss: number }>(gateway);
  gateway.disconnect();
  await close?.();
  return printReport({ direct, relayed, memory, log: await log, cuts });
}
