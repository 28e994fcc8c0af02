import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { CLIENT_KEY } from '../support/canary';
import { DELIVERIES } from '../support/fault-row';
import { type Gateway, startGateway } from '../support/gateway';
import { watchProcess } from '../support/leaks';
import { rawRequest } from '../support/raw-client';
import { answer, type RawExchange, type RawScript, startRawProvider } from '../support/raw-provider';
import { temporaryDirectory } from '../support/temporary-directory';

/**
 * Downloads with a real client; gives the bytes that it took for the whole content, or throws as it would to its user.
 */
interface Oracle {
  readonly name: string;
  download(gateway: Gateway): Promise<Buffer>;
}

const oracles: Oracle[] = [
  {
    name: 'a raw socket',
    async download({ port }) {
      const { response } = await rawRequest(port);
      if (response.status !== 200 || !response.complete) throw new Error(`status ${response.status}, incomplete`);
      return response.body;
    },
  },
  {
    name: 'the OpenAI SDK',
    async download({ origin }) {
      const client = new OpenAI({ apiKey: CLIENT_KEY, baseURL: `${origin}/v1`, maxRetries: 0 });
      return Buffer.from(await (await client.files.content('file-1')).arrayBuffer());
    },
  },
  {
    name: 'fetch',
    async download({ origin }) {
      const response = await fetch(`${origin}/v1/files/file-1/content`);
      const body = Buffer.from(await response.arrayBuffer());
      if (!response.ok) throw new Error(`status ${response.status}`);
      return body;
    },
  },
  ...(['--http1.1', '--http1.0'] as const).map((version) => ({
    name: `curl ${version}`,
    async download({ origin }: Gateway) {
      const directory = await temporaryDirectory('oracle');
      const file = join(directory, 'body');
      await new Promise<void>((resolve, reject) => {
        const args = ['--silent', '--fail', version, '--output', file, `${origin}/v1/files/file-1/content`];
        execFile('curl', args, (error) => (error ? reject(error) : resolve()));
      });
      return await readFile(file);
    },
  })),
];

/** Small enough for one read, and large enough for the relay of large bodies. */
const SIZES = [1_000, 3_000_000] as const;

function contentOf(size: number): Buffer {
  return Buffer.alloc(size, 'The quick brown fox jumps over the lazy dog. ');
}

type Damage = (exchange: RawExchange, content: Buffer) => Promise<void>;

async function partOf({ send }: RawExchange, head: string, content: Buffer): Promise<void> {
  await send(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
  await send(content.subarray(0, content.length - 100));
}

const damages: readonly (readonly [string, Damage])[] = [
  [
    'a FIN before its declared end',
    async (exchange, content) => {
      await partOf(exchange, `Content-Length: ${content.length}`, content);
      exchange.fin();
    },
  ],
  [
    'an RST before its declared end',
    async (exchange, content) => {
      await partOf(exchange, `Content-Length: ${content.length}`, content);
      exchange.rst();
    },
  ],
  [
    'a FIN without a last chunk',
    async ({ send, fin }, content) => {
      await send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${content.length.toString(16)}\r\n`);
      await send(content);
      await send('\r\n');
      fin();
    },
  ],
  [
    'a bad chunk',
    async ({ send }, content) => {
      await send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${content.length.toString(16)}\r\n`);
      await send(content);
      await send('\r\nxyz\r\n');
    },
  ],
  [
    'an RST where only the end of the connection would end it',
    async ({ send, rst, socket }, content) => {
      await send('HTTP/1.1 200 OK\r\n\r\n');
      await send(content);
      // What is still on its way would be lost with the reset, and nothing would be left to damage.
      if (socket.writableLength === 0) rst();
    },
  ],
];

/** A script for one size of content. */
function whole(content: Buffer, head: string): RawScript {
  return async ({ send, fin }) => {
    await send(`HTTP/1.1 200 OK\r\n${head}\r\n`);
    await send(content);
    if (head === '') fin();
  };
}

describe.each(DELIVERIES)('%s delivery', (delivery) => {
  describe.each(oracles)('$name', ({ name, download }) => {
    describe.each(SIZES)('of %i bytes', (size) => {
      const content = contentOf(size);

      it.each(damages)('never takes a body with %s for complete', async (_name, damage) => {
        using watch = watchProcess();
        await using provider = await startRawProvider((exchange) => damage(exchange, content));
        await using gateway = await startGateway({ upstream: provider.origin, delivery });
        await expect(download(gateway)).rejects.toThrow();
        expect(await gateway.recorded(1)).toMatchObject([{ complete: 'no' }]);
        watch.expectQuiet();
      });

      it.each([
        ['a length', `Content-Length: ${size}\r\n`],
        ['an end of the connection', ''],
      ])('gets a body with %s byte for byte', async (_name, head) => {
        await using provider = await startRawProvider(whole(content, head));
        await using gateway = await startGateway({ upstream: provider.origin, delivery });
        expect((await download(gateway)).equals(content)).toBe(true);
        expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
      });
    });

    it('throws for an error response', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('no', [], '500 No')));
      await using gateway = await startGateway({ upstream: provider.origin, delivery });
      await expect(download(gateway)).rejects.toThrow(name === 'the OpenAI SDK' ? '500' : /./);
    });
  });
});
