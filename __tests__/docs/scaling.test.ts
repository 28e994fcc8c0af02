import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openai } from '../../lib';
import { buildPackage } from '../support/built-package';
import { startGateway } from '../support/gateway';
import { settled } from '../support/leaks';
import { rawRequest } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

const EXAMPLES = join(__dirname, '..', '..', 'docs', 'examples');
const BODY = Buffer.alloc(600_000, 'content');

test('the cluster example serves from several processes on one port and stops when it is told to', async () => {
  await using built = await buildPackage();
  for (const file of ['cluster.mts', 'graceful-gateway.mts'])
    await copyFile(join(EXAMPLES, file), join(built.directory, file));
  await using provider = await startRawProvider(({ send }) => send(answer(BODY)));
  const child = spawn(process.execPath, ['cluster.mts'], {
    cwd: built.directory,
    env: {
      ...process.env,
      PORT: '0',
      WORKERS: '2',
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
    expect(await settled(() => (ports.length === 2 ? [] : [`${ports.length} workers listen`]), 15_000)).toEqual([]);
    expect(ports[0]).toBe(ports[1]);
    const results = await Promise.all(Array.from({ length: 8 }, () => rawRequest(ports[0] ?? 0)));
    for (const { response } of results) expect(response.body.equals(BODY)).toBe(true);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(records).toBe(8);
  } finally {
    child.kill('SIGKILL');
  }
}, 60_000);

function hasHaproxy(): boolean {
  try {
    execFileSync('haproxy', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}

// Where HAProxy is not installed there is nothing to try the configuration with.
const testWithHaproxy = hasHaproxy() ? test : test.skip;

testWithHaproxy('the HAProxy example spreads downloads over two gateways and passes them whole', async () => {
  await using provider = await startRawProvider(({ send }) => send(answer(BODY)));
  const held = openai({ apiKey: 'sk-test', baseURL: `${provider.origin}/v1` });
  await using first = await startGateway({ resolveProvider: () => held });
  await using second = await startGateway({ resolveProvider: () => held });
  const port = await freePort();
  const haproxy = spawn('haproxy', ['-db', '-f', join(EXAMPLES, 'haproxy.cfg')], {
    env: {
      ...process.env,
      PORT: String(port),
      GATEWAY_A: new URL(first.origin).host,
      GATEWAY_B: new URL(second.origin).host,
    },
    stdio: 'ignore',
  });
  let hasEnded = false;
  const ended = once(haproxy, 'exit').then(() => {
    hasEnded = true;
  });
  try {
    let isUp = false;
    while (!isUp && !hasEnded) isUp = await accepts(port);
    expect(isUp).toBe(true);
    for (let count = 0; count < 6; count += 1) {
      const { response } = await rawRequest(port);
      expect(response.complete).toBe(true);
      expect(response.body.equals(BODY)).toBe(true);
    }
    expect(first.records.length).toBeGreaterThan(0);
    expect(second.records.length).toBeGreaterThan(0);
  } finally {
    haproxy.kill('SIGKILL');
    await ended;
  }
});
