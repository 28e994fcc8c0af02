import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable, Writable } from 'node:stream';
import {
  createFileContent,
  type FileContentOptions,
  openaiCompatible,
  type Provider,
  type TransferRecord,
} from '../../lib/index';
import { type LocalServer, serve } from '../support/local-server';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, startRawProvider } from '../support/raw-provider';

let provider: RawProvider;
let held: Provider;

beforeAll(async () => {
  provider = await startRawProvider(({ send }) => send(answer('content')));
  held = openaiCompatible({ name: 'held', baseURL: provider.origin });
});

afterAll(() => provider.close());

interface Started extends LocalServer {
  /** Fulfilled with what `serve` gave for the only request. */
  readonly record: Promise<TransferRecord>;
}

async function start(touch: (req: IncomingMessage) => unknown, options: FileContentOptions = {}): Promise<Started> {
  const files = createFileContent(options);
  const served = new EventEmitter();
  const record = once(served, 'record').then(([given]: TransferRecord[]) => given as TransferRecord);
  const server = await serve(async (req, res) => {
    await touch(req);
    served.emit('record', await files.serve(req, res, { provider: held, fileId: 'file-1' }));
  });
  return { ...server, record };
}

/** What an application may have done with a body before it serves a file, other than reading it to its end. */
const HALF_READ: readonly (readonly [string, (req: IncomingMessage) => unknown])[] = [
  ['was paused', (req) => req.pause()],
  ['was made a web stream', (req) => Readable.toWeb(req)],
  ['is piped into something that does not read', (req) => req.pipe(new Writable({ write: () => undefined }))],
  ['has a listener that does not read', (req) => req.on('readable', () => undefined)],
  [
    'was left by an iterator',
    async (req) => {
      for await (const _chunk of req.iterator({ destroyOnReturn: false })) return;
    },
  ],
  [
    'was left by a loop, which destroys it',
    async (req) => {
      for await (const _chunk of req) return;
    },
  ],
];

it.each(HALF_READ)('serve responds to a request whose body %s', async (_name, touch) => {
  await using server = await start(touch);
  using client = await connectRaw(Number(new URL(server.origin).port));
  client.send(requestBytes({ method: 'POST', headers: ['Content-Length: 1000000'] }));
  client.send(Buffer.alloc(1_000_000, 'body'));
  const { response } = await client.result(1);
  expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('content') });
  expect(response.headers.get('connection')).toEqual(['close']);
  expect(await server.record).toMatchObject({ outcome: 'completed', status: 200 });
  expect(provider.received.includes('body')).toBe(false);
});

it('serve does not wait forever for a body that the client does not send', async () => {
  await using server = await start(() => undefined, { timeouts: { clientIdle: 20 } });
  using client = await connectRaw(Number(new URL(server.origin).port));
  client.send(`${requestBytes({ method: 'POST', headers: ['Content-Length: 10'] })}half`);
  const { response } = await client.result(1);
  expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('content') });
  expect(await server.record).toMatchObject({ outcome: 'completed', status: 200 });
});

it('serve ends the transfer of a client that leaves while its body arrives', async () => {
  const asked = provider.requests.length;
  await using server = await start(() => undefined);
  using client = await connectRaw(Number(new URL(server.origin).port));
  client.send(`${requestBytes({ method: 'POST', headers: ['Content-Length: 10', 'Expect: 100-continue'] })}half`);
  await client.until((bytes) => bytes.includes('100 Continue'));
  client.destroy();
  expect(await server.record).toMatchObject({ outcome: 'client_aborted', status: 499 });
  expect(provider.requests).toHaveLength(asked);
});
