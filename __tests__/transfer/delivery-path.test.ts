import { once } from 'node:events';
import { get } from 'node:http';
import { PassThrough } from 'node:stream';
import {
  bufferedProvider,
  type DeliveryPath,
  type FileContentRouterOptions,
  openaiCompatible,
  type ViaReason,
} from '../../lib/index';
import { RELAY_FROM_BYTES } from '../../lib/upstream/agents/relay-bound';
import { startGateway } from '../support/gateway';
import { type RawScript, startRawProvider } from '../support/raw-provider';

const LARGE = Buffer.alloc(RELAY_FROM_BYTES.tcp, 'x');

const small: RawScript = ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
const large: RawScript = ({ send }) =>
  send(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n`), LARGE]));
const chunked: RawScript = ({ send }) =>
  send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n');
const refusal: RawScript = ({ send }) => send('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}');

interface Row {
  readonly name: string;
  readonly script: RawScript;
  readonly delivery?: 'stream' | 'buffer';
  readonly options?: Partial<FileContentRouterOptions>;
  readonly method?: 'GET' | 'HEAD';
  readonly range?: string;
  readonly via: DeliveryPath | undefined;
  readonly reason?: ViaReason;
}

const ROWS: readonly Row[] = [
  { name: 'a large body', script: large, via: 'relay' },
  { name: 'a large body with the relay off', script: large, options: { relay: false }, via: 'pipeline', reason: 'off' },
  { name: 'a small body', script: small, via: 'pipeline', reason: 'small' },
  { name: 'a body without a length', script: chunked, via: 'pipeline', reason: 'no_length' },
  { name: 'a HEAD', script: small, method: 'HEAD', via: 'pipeline', reason: 'no_body' },
  { name: 'a buffered body', script: large, delivery: 'buffer', via: 'buffer' },
  { name: 'a buffered HEAD', script: small, delivery: 'buffer', method: 'HEAD', via: 'buffer' },
  { name: 'a range outside a buffered file', script: small, delivery: 'buffer', range: 'bytes=9-', via: undefined },
  { name: 'a refusal', script: refusal, via: undefined },
  { name: 'a refusal, buffered', script: refusal, delivery: 'buffer', via: undefined },
];

async function download(port: number, { method = 'GET', range }: Partial<Row> = {}): Promise<void> {
  const headers = range === undefined ? {} : { range };
  const request = get({ port, path: '/v1/files/file-1/content', host: '127.0.0.1', method, headers, agent: false });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
}

describe('a record says which way the body took', () => {
  it.each(ROWS)('$name: $via', async (row) => {
    const { script, delivery = 'stream', options = {}, via, reason } = row;
    await using provider = await startRawProvider(script);
    const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
    await using app = await startGateway({ ...options, resolveProvider: () => ({ provider: held, delivery }) });
    await download(app.port, row);
    const [record] = await app.recorded(1);
    expect([record?.via, record?.viaReason]).toEqual([via, reason]);
    if (reason === undefined) expect(record).not.toHaveProperty('viaReason');
  });

  it('a transformed body: pipeline', async () => {
    await using provider = await startRawProvider(large);
    const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
    const changed = { ...held, transform: () => new PassThrough() };
    await using app = await startGateway({ resolveProvider: () => changed });
    await download(app.port);
    expect(await app.recorded(1)).toMatchObject([{ via: 'pipeline', viaReason: 'transform' }]);
  });

  it('a function', async () => {
    const provider = bufferedProvider({ name: 'own', fetchContent: async () => ({ body: Buffer.from('hello') }) });
    await using app = await startGateway({ resolveProvider: () => provider });
    await download(app.port);
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'completed', via: 'function' }]);
  });

  it('nothing, where no provider was asked', async () => {
    await using app = await startGateway({
      resolveProvider: () => {
        throw new Error('no');
      },
    });
    await download(app.port);
    const [record] = await app.recorded(1);
    expect(record).not.toHaveProperty('via');
  });
});
