import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BuiltPackage, layOutPackage } from '../support/built-package';
import { connectRaw, type RawClient, rawRequest, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

/** A gateway that needs a process to itself. `prelude` runs first; records come as lines of JSON. */
function source(upstream: string, prelude: string): string {
  return `
    const express = require('express');
    const { createFileContentRouter, openai } = require('express-file-content');
    ${prelude}
    const provider = openai({ apiKey: 'sk-test', baseURL: '${upstream}/v1' });
    const app = express();
    app.use('/v1', createFileContentRouter({
      resolveProvider: (req) => ({ provider, delivery: req.query.delivery }),
      logger: { finished: (record) => console.log(JSON.stringify(record)) },
      timeouts: { connect: 5000, headers: 5000 },
    }));
    const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
  `;
}

describe('a gateway in a separate process', () => {
  let built: BuiltPackage;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    built = await layOutPackage();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      const exited = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await exited;
    }
  });

  afterAll(() => built[Symbol.asyncDispose]());

  async function start(upstream: string, { prelude = '', shell = 'exec' } = {}) {
    const file = join(built.directory, `gateway-${children.length}.cjs`);
    await writeFile(file, source(upstream, prelude));
    const child = spawn('sh', ['-c', `${shell} "$0" "$1"`, process.execPath, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const records: Record<string, unknown>[] = [];
    const lines = createInterface({ input: child.stdout });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`exited with ${code}`)));
      lines.on('line', (line) => {
        if (line.startsWith('{')) records.push(JSON.parse(line) as Record<string, unknown>);
        else resolve(Number(line));
      });
    });
    return { port, records, child };
  }

  it('row 58: out of file descriptors, serves what it can and recovers', async () => {
    await using provider = await startRawProvider(({ send, head }) =>
      head.includes('file-held') ? undefined : send(answer('content')),
    );
    const gateway = await start(provider.origin, { shell: 'ulimit -n 64; exec' });
    const clients: RawClient[] = [];
    for (let index = 0; index < 60; index += 1) {
      const client = await connectRaw(gateway.port);
      client.send(requestBytes({ path: '/v1/files/file-held/content' }));
      clients.push(client);
    }
    // With a connection to each side a transfer takes two descriptors, so some get no provider.
    await Promise.race(clients.map((client) => client.until((bytes) => bytes.length > 0)));
    const answered = clients.flatMap((client) => client.responses());
    expect(answered.length).toBeGreaterThan(0);
    for (const { status } of answered) expect([502, 503]).toContain(status);
    for (const client of clients) client.destroy();
    let recovered = false;
    for (let attempt = 0; attempt < 50 && !recovered; attempt += 1) {
      const { responses } = await rawRequestOrNothing(gateway.port);
      recovered = responses[0]?.status === 200;
    }
    expect(recovered).toBe(true);
    expect(gateway.child.exitCode).toBeNull();
    const ids = gateway.records.map(({ transferId }) => transferId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('row 59: with Object.prototype polluted, serves as ever', async () => {
    const names = [
      'polluted',
      'authorization',
      'range',
      'if-none-match',
      'content-length',
      'location',
      'etag',
      'set-cookie',
      'error',
      'tenant',
      'fileId',
      'redirects',
      'maxBytes',
      'retries',
      'apiKey',
      'organization',
      'fixedQuery',
      'x-polluted',
    ];
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    const clean = await start(provider.origin);
    const polluted = await start(provider.origin, {
      prelude: `for (const name of ${JSON.stringify(names)}) Object.prototype[name] = 'polluted';`,
    });
    const asked: string[] = [];
    const seen: string[] = [];
    for (const { port } of [clean, polluted]) {
      for (const query of ['', '?delivery=buffer']) {
        const before = provider.requests.length;
        const { response } = await rawRequest(port, { path: `/v1/files/file-1/content${query}` });
        seen.push(`${response.status} ${response.body}`);
        asked.push(provider.requests.slice(before).join());
      }
    }
    expect(seen).toEqual(Array.from({ length: 4 }, () => '200 content'));
    expect(asked[2]).toBe(asked[0]);
    expect(asked[3]).toBe(asked[1]);
  });
});

/** While descriptors are short a connection may be closed without an answer. */
async function rawRequestOrNothing(port: number) {
  const client = await connectRaw(port);
  client.send(requestBytes({ connection: 'close' }));
  await client.closed;
  return { responses: client.responses() };
}
