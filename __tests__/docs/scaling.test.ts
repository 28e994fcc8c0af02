import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { layOutPackage } from '../support/built-package';
import { AUTHORIZATION, CLIENT_KEY } from '../support/deployment';
import { settled } from '../support/leaks';
import { rawRequest } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

const EXAMPLES = join(__dirname, '..', '..', 'docs', 'examples');
const BODY = Buffer.alloc(600_000, 'content');

test('the cluster example serves from several processes on one port and stops when it is told to', async () => {
  await using built = await layOutPackage();
  await mkdir(join(built.directory, 'deploy'));
  for (const file of ['cluster.mts', 'deploy/gateway.mts'])
    await copyFile(join(EXAMPLES, file), join(built.directory, file));
  await using provider = await startRawProvider(({ send }) => send(answer(BODY)));
  const child = spawn(process.execPath, ['cluster.mts'], {
    cwd: built.directory,
    env: {
      ...process.env,
      PORT: '0',
      WORKERS: '2',
      GATEWAY_KEYS: `team-a:${CLIENT_KEY}`,
      DRAIN_DELAY_MS: '0',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${provider.origin}/v1`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const ended = once(child, 'exit');
    const ports: number[] = [];
    let records = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) records += 1;
      else ports.push(Number(/\d+$/.exec(line)?.[0]));
    });
    expect(await settled(() => (ports.length === 2 ? [] : [`${ports.length} workers listen`]))).toEqual([]);
    expect(ports[0]).toBe(ports[1]);
    const request = { headers: [`Authorization: ${AUTHORIZATION}`] };
    const results = await Promise.all(Array.from({ length: 8 }, () => rawRequest(ports[0] ?? 0, request)));
    for (const { response } of results) expect(response.body.equals(BODY)).toBe(true);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(records).toBe(8);
  } finally {
    child.kill('SIGKILL');
  }
});
