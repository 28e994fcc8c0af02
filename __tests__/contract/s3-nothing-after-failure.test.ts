import { Transform } from 'node:stream';
import { type LocatedProvider, openaiCompatible } from '../../lib/index';
import { patternBytes } from '../support/download';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';
import { type RawScript, startRawProvider } from '../support/raw-provider';

const CONTENT = patternBytes(200_000);
const HALF = CONTENT.subarray(0, 100_000);

const declared: RawScript = async ({ send }) => {
  await send(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${CONTENT.length}\r\n\r\n`);
  await send(HALF);
};

interface Case {
  readonly name: string;
  readonly script: RawScript;
  readonly options?: Partial<GatewayOptions>;
  readonly change?: Partial<LocatedProvider>;
}

const CASES: readonly Case[] = [
  {
    name: 'the provider ends too early',
    script: async (exchange) => {
      await declared(exchange);
      exchange.fin();
    },
  },
  {
    name: 'the provider resets the connection',
    script: async (exchange) => {
      await declared(exchange);
      exchange.rst();
    },
  },
  {
    name: 'the provider breaks its framing',
    script: async ({ send }) => {
      await send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      await send(`${HALF.length.toString(16)}\r\n`);
      await send(HALF);
      await send('\r\nthis is no chunk\r\n');
    },
  },
  { name: 'the provider falls silent', script: declared, options: { timeouts: { idle: 1_000 } } },
  { name: 'the time for the whole transfer is up', script: declared, options: { timeouts: { total: 2_000 } } },
  {
    name: 'more arrives than may pass',
    script: async ({ send }) => {
      await send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      await send(`${HALF.length.toString(16)}\r\n`);
      await send(HALF);
      await send('\r\n5\r\nworld\r\n');
    },
    options: { limits: { maxBytes: HALF.length + 1 } },
  },
  {
    name: 'a transformation fails',
    script: async (exchange) => {
      await declared(exchange);
      await exchange.send(CONTENT.subarray(HALF.length));
    },
    change: {
      transform() {
        let passed = 0;
        return new Transform({
          transform(chunk: Buffer, _encoding, done) {
            passed += chunk.length;
            if (passed > HALF.length) done(new Error('secret detail of the transformation'));
            else done(null, chunk);
          },
        });
      },
    },
  },
];

describe('S3: nothing that could be taken for content is written after a failure', () => {
  describe.each(['respond', 'next'] as const)("errors: '%s'", (errors) => {
    it.each(CASES)('$name', async ({ script, options, change }) => {
      await using provider = await startRawProvider(script);
      const held = { ...openaiCompatible({ name: 'held', baseURL: provider.origin }), ...change };
      await using app = await startGateway({ ...options, errors, resolveProvider: () => held });
      using client = await connectRaw(app.port);
      client.send(requestBytes());
      const { response, ending } = await client.result();
      expect(response.status).toBe(200);
      expect(response.complete).toBe(false);
      expect(ending).toBeDefined();
      expect(response.body.length).toBeGreaterThan(0);
      expect(response.body.equals(CONTENT.subarray(0, response.body.length))).toBe(true);
      // A last chunk would say that this was all.
      expect(client.bytes.toString('latin1')).not.toMatch(/\r\n0\r\n(.*\r\n)*$/);
      const [record] = await app.recorded(1);
      expect(record).toMatchObject({ complete: 'no', status: 200 });
      expect(record?.outcome).not.toBe('completed');
    });
  });
});
