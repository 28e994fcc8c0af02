import { Agent, get } from 'node:http';
import { Readable } from 'node:stream';
import { bufferedProvider, type Delivery, openaiCompatible, type Provider, streamProvider } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { answer, startRawProvider } from '../support/raw-provider';

/** Enough of them at once that other transfers get their turn between the last byte and the end of a source. */
const CLIENTS = 200;

type Made = (origin: string, body: Buffer, everybody: () => Promise<void>) => Provider;

const atURL: Made = (origin) => openaiCompatible({ name: 'raw', baseURL: `${origin}/v1`, apiKey: PROVIDER_KEY });

async function* inTwo(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body.subarray(0, 500);
  yield body.subarray(500);
  await new Promise(setImmediate);
}

function opening(bodyOf: (body: Buffer) => Readable | AsyncIterable<Uint8Array>): Made {
  return (_origin, body, everybody) =>
    streamProvider({
      name: 'held',
      openContent: async () => {
        await everybody();
        return { body: bodyOf(body), contentLength: body.length };
      },
    });
}

const givingAll: Made = (_origin, body, everybody) =>
  bufferedProvider({
    name: 'held',
    fetchContent: async () => {
      await everybody();
      return { body };
    },
  });

interface Case {
  readonly path: string;
  readonly size: number;
  readonly make: Made;
  readonly options?: Partial<GatewayOptions>;
  readonly delivery?: Delivery;
}

const CASES: readonly Case[] = [
  { path: 'the relay', size: 400_000, make: atURL },
  { path: 'the pipeline', size: 400_000, make: atURL, options: { relay: false } },
  { path: 'buffered delivery', size: 50_000, make: atURL, delivery: 'buffer' },
  { path: 'a stream of a function', size: 1_000, make: opening((body) => Readable.from([body])) },
  { path: 'a generator of a function', size: 1_000, make: opening(inTwo) },
  { path: 'a function that gives all at once', size: 1_000, make: givingAll },
];

function sizeOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      response.once('end', () => resolve(size));
      response.once('error', reject);
    }).once('error', reject);
  });
}

it.each(CASES)(
  'a client that closes its connection once it has every byte has completed its download: $path',
  async ({ size, make, delivery, options }) => {
    const body = Buffer.alloc(size, 'x');
    const all = Promise.withResolvers<void>();
    let waiting = 0;
    async function everybody(): Promise<void> {
      waiting += 1;
      if (waiting === CLIENTS) all.resolve();
      await all.promise;
    }
    await using upstream = await startRawProvider(async ({ send }) => {
      await everybody();
      await send(answer(body));
    });
    const provider = make(upstream.origin, body, everybody);
    await using gateway = await startGateway({
      ...options,
      resolveProvider: () => (delivery === undefined ? provider : { provider, delivery }),
      timeouts: { connect: 0, headers: 0, idle: 0, clientIdle: 0 },
    });
    const agent = new Agent({ keepAlive: false });
    const url = `${gateway.origin}/v1/files/file-1/content`;
    const sizes = await Promise.all(Array.from({ length: CLIENTS }, () => sizeOf(url, agent)));
    expect(new Set(sizes)).toEqual(new Set([size]));
    const records = await gateway.recorded(CLIENTS);
    expect(new Set(records.map(({ outcome, complete }) => `${outcome}, ${complete}`))).toEqual(
      new Set(['completed, yes']),
    );
  },
);
