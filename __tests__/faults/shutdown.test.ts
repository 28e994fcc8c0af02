import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type BuiltPackage, buildPackage } from '../support/built-package';
import { connectRaw, requestBytes } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';

const EXAMPLE = join(__dirname, '..', '..', 'docs', 'examples', 'graceful-gateway.mts');

interface ExampleGateway extends AsyncDisposable {
  readonly port: number;
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly exited: Promise<number | null>;
  readonly records: readonly Record<string, unknown>[];
}

/** Is there nobody who listens? */
async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isConnected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return !isConnected;
}

describe('the example gateway on SIGTERM', () => {
  let built: BuiltPackage;

  beforeAll(async () => {
    built = await buildPackage();
    await copyFile(EXAMPLE, join(built.directory, 'gateway.mts'));
  }, 60_000);

  afterAll(() => built[Symbol.asyncDispose]());

  async function startExample(upstream: string, deadlineMs: number): Promise<ExampleGateway> {
    const env = {
      ...process.env,
      PORT: '0',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${upstream}/v1`,
      SHUTDOWN_DEADLINE_MS: String(deadlineMs),
    };
    const child = spawn(process.execPath, ['gateway.mts'], {
      cwd: built.directory,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'close').then(([code]) => code as number | null);
    const records: Record<string, unknown>[] = [];
    const lines = createInterface({ input: child.stdout });
    const listening = new Promise<number>((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('{')) records.push(JSON.parse(line) as Record<string, unknown>);
        else resolve(Number(/\d+$/.exec(line)?.[0]));
      });
    });
    const port = await Promise.race([
      listening,
      exited.then((code) => Promise.reject(new Error(`exited with ${code}`))),
    ]);
    async function stop(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    }
    return { port, process: child, exited, records, [Symbol.asyncDispose]: stop };
  }

  it('finishes its downloads, refuses new ones and exits (row 56)', async () => {
    let finish: (() => void) | undefined;
    await using provider = await startRawProvider(async ({ send }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
      finish = () => void send('-last');
    });
    await using gateway = await startExample(provider.origin, 20_000);
    using silent = await connectRaw(gateway.port);
    using downloading = await connectRaw(gateway.port);
    // The second waits behind the first.
    downloading.send(requestBytes() + requestBytes());
    await downloading.until((bytes) => bytes.includes('first'));
    gateway.process.kill('SIGTERM');
    while (!(await isRefused(gateway.port))) await new Promise(setImmediate);
    finish?.();
    const { responses } = await downloading.result(2);
    expect(responses).toMatchObject([
      { status: 200, complete: true, body: Buffer.from('first-last') },
      { status: 503, complete: true },
    ]);
    expect(responses[1]?.headers.get('connection')).toEqual(['close']);
    // Also one that never sent a request does not hold it up.
    await silent.closed;
    expect(await gateway.exited).toBe(0);
    expect(gateway.records).toMatchObject([{ outcome: 'completed', complete: 'yes' }, { outcome: 'rejected' }]);
  });

  it('destroys at the deadline what still runs (row 57)', async () => {
    await using provider = await startRawProvider(({ send }) =>
      send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst'),
    );
    await using gateway = await startExample(provider.origin, 500);
    using silent = await connectRaw(gateway.port);
    using downloading = await connectRaw(gateway.port);
    downloading.send(requestBytes());
    await downloading.until((bytes) => bytes.includes('first'));
    gateway.process.kill('SIGTERM');
    expect(await gateway.exited).toBe(0);
    await silent.closed;
    const { response, ending } = await downloading.result(1);
    expect(response.complete).toBe(false);
    expect(ending).toBeDefined();
    await provider.connections[0]?.closed;
    expect(gateway.records).toMatchObject([
      { outcome: 'client_aborted', complete: 'no', bytesSent: 5, error: { code: 'overloaded' } },
    ]);
  });
});
