import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bufferedProvider, createFileContentRouter, type LocatedProvider, openaiCompatible } from '../../lib/index';
import { download } from '../support/download';
import { createApp, startGateway } from '../support/gateway';
import { eventually } from '../support/leaks';
import { requestBytes } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';
import { temporaryDirectory } from '../support/temporary-directory';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const CLIENTS = 6;
// It was 12 to 30 MiB.
const MOST_PER_CLIENT = 3 * 1024 * 1024;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';
const TINY = Buffer.from('1\r\nx\r\n'.repeat(4096));

function used(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The provider's connections are full: the gateway reads no more. */
async function stalled(sockets: readonly Socket[]): Promise<void> {
  let before = -1;
  let same = 0;
  await eventually(
    'nothing is read any more',
    () => {
      const now = sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
      same = now === before && sockets.length === CLIENTS ? same + 1 : 0;
      before = now;
      return same === 20;
    },
    undefined,
    20,
  );
}

function copying(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, chunk);
    },
  });
}

function splitting(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) this.push(Buffer.from([byte]));
      done();
    },
  });
}

/** Through a local socket: the system keeps much less there for a client that does not read. */
async function heldPerClient(transform: LocatedProvider['transform']): Promise<number> {
  const sockets: Socket[] = [];
  await using provider = await startRawProvider(({ socket }) => {
    sockets.push(socket);
    socket.write(HEAD);
    const more = (): void => {
      while (!socket.destroyed && socket.write(TINY));
    };
    socket.on('drain', more);
    more();
  });
  const held = openaiCompatible({ name: 'tiny', baseURL: `${provider.origin}/v1` });
  const app = createApp();
  app.use('/v1', createFileContentRouter({ resolveProvider: () => ({ ...held, ...(transform && { transform }) }) }));
  const path = join(await temporaryDirectory('tiny-chunks'), 's');
  const server = createServer(app).listen(path);
  await once(server, 'listening');
  const before = used();
  const clients = Array.from({ length: CLIENTS }, () => {
    const client = connect(path);
    client.write(requestBytes());
    return client.on('error', () => undefined).pause();
  });
  await stalled(sockets);
  const after = used();
  for (const client of clients) client.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  return (after - before) / CLIENTS;
}

test.each([
  ['as they are', undefined],
  ['through a transformation', copying],
  ['through a transformation that makes one-byte chunks itself', splitting],
])('S4: chunks of one byte for clients that do not read hold little memory: %s', async (_how, transform) => {
  expect(await heldPerClient(transform)).toBeLessThan(MOST_PER_CLIENT);
});

test('one-byte segments that the client reads arrive as they are, the first before the second is sent', async () => {
  let goOn = (): void => undefined;
  await using provider = await startRawProvider(async ({ send }) => {
    await send(`${HEAD}1\r\na\r\n`);
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await send('1\r\nb\r\n1\r\nc\r\n0\r\n\r\n');
  });
  const held = openaiCompatible({ name: 'tiny', baseURL: `${provider.origin}/v1` });
  for (const transform of [undefined, copying, splitting]) {
    await using app = await startGateway({ resolveProvider: () => ({ ...held, ...(transform && { transform }) }) });
    const response = await fetch(`${app.origin}/v1/files/file-1/content`);
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('a');
    goOn();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += Buffer.from(part.value);
    expect(rest).toBe('bc');
  }
});

test('an endless iterable of empty chunks ends by the time limit, and others are served meanwhile', async () => {
  const endless = bufferedProvider({
    name: 'empty',
    fetchContent: async () => ({ body: empty() }),
  });
  const small = bufferedProvider({ name: 'small', fetchContent: async () => ({ body: Buffer.from('small') }) });
  await using app = await startGateway({
    resolveProvider: (_req, { fileId }) => (fileId === 'empty' ? endless : small),
    timeouts: { idle: 300 },
  });
  const hanging = download(`${app.origin}/v1/files/empty/content`);
  const other = await download(`${app.origin}/v1/files/small/content`);
  expect(other.body.toString()).toBe('small');
  expect((await hanging).status).toBe(504);
});

async function* empty(): AsyncIterable<Uint8Array> {
  for (;;) yield new Uint8Array(0);
}
