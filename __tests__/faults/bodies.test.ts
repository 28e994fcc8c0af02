import { gzipSync } from 'node:zlib';
import {
  type Expected,
  type Fault,
  runFault,
  sendContent,
  successHead,
  type Variant,
  variantsOf,
} from '../support/fault-row';

const CONTENT = Buffer.from(Array.from({ length: 1_000 }, (_, index) => 33 + (index % 90)));
const BODY_ASKS = ['GET', 'Range'] as const;

function chunk(bytes: Buffer): string {
  return `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
}

/** What a cut body must look like: `count` bytes and a destroyed connection, or an error where nothing was sent yet. */
function cut(count: number, more: Partial<Expected> = {}, exactly = true) {
  return ({ delivery }: Variant): Expected => {
    const isTimeout = more.outcome === 'upstream_timeout';
    const code = isTimeout ? 'provider_timeout' : 'provider_invalid_response';
    return {
      client:
        delivery === 'stream'
          ? { kind: 'abort', body: CONTENT.subarray(0, count), exactly }
          : { kind: 'error', status: isTimeout ? 504 : 502, code },
      outcome: 'upstream_truncated',
      ...more,
      record: {
        complete: 'no',
        ...(delivery === 'stream' && exactly ? { bytesSent: count } : undefined),
        ...more.record,
      },
    };
  };
}

const whole =
  (more: Partial<Expected> = {}) =>
  (): Expected => ({
    client: { kind: 'content', body: CONTENT },
    outcome: 'completed',
    ...more,
    record: { complete: 'yes', ...more.record },
  });

const faults: Fault[] = [
  {
    row: 10,
    name: 'a FIN after 600 of 1,000 bytes',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Content-Length: 1000']));
      await exchange.send(CONTENT.subarray(0, 600));
      exchange.fin();
    },
    expected: (variant) => cut(600, variant.delivery === 'stream' ? { record: { bytesExpected: 1_000 } } : {})(variant),
  },
  {
    row: 11,
    name: 'an RST after 600 of 1,000 bytes',
    asks: BODY_ASKS,
    async provider(exchange, client) {
      await exchange.send(successHead(exchange, ['Content-Length: 1000']));
      await exchange.send(CONTENT.subarray(0, 600));
      await client.received(600);
      exchange.rst();
    },
    expected: cut(600),
  },
  {
    row: 12,
    name: 'a FIN in the middle of a chunk',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Transfer-Encoding: chunked']));
      await exchange.send(chunk(CONTENT).slice(0, 405));
      exchange.fin();
    },
    expected: cut(400),
  },
  {
    row: 12,
    name: 'a FIN between two chunks',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Transfer-Encoding: chunked']));
      await exchange.send(chunk(CONTENT.subarray(0, 400)));
      exchange.fin();
    },
    expected: cut(400),
  },
  {
    row: 12,
    name: 'a FIN inside the last chunk',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Transfer-Encoding: chunked']));
      await exchange.send(`${chunk(CONTENT)}0\r\n`);
      exchange.fin();
    },
    expected: cut(1_000),
  },
  {
    row: 12,
    name: 'an RST between two chunks',
    asks: BODY_ASKS,
    async provider(exchange, client) {
      await exchange.send(successHead(exchange, ['Transfer-Encoding: chunked']));
      await exchange.send(chunk(CONTENT.subarray(0, 400)));
      await client.received(400);
      exchange.rst();
    },
    expected: cut(400),
  },
  {
    row: 13,
    name: 'a bad chunk size after some content',
    asks: BODY_ASKS,
    async provider(exchange, client) {
      await exchange.send(successHead(exchange, ['Transfer-Encoding: chunked']));
      await exchange.send(chunk(CONTENT.subarray(0, 400)));
      await client.received(400);
      await exchange.send('zz\r\nnonsense');
    },
    expected: cut(400, { outcome: 'upstream_invalid' }),
  },
  {
    row: 14,
    name: 'silence in the middle of the body',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Content-Length: 1000']));
      await exchange.send(CONTENT.subarray(0, 600));
    },
    gateway: () => ({ timeouts: { idle: 200 } }),
    expected: cut(600, { outcome: 'upstream_timeout' }),
  },
  {
    row: 15,
    name: 'a trickle without end, with a total time',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Content-Length: 1000']));
      await exchange.trickle(CONTENT, 20);
    },
    gateway: () => ({ timeouts: { total: 2_000 } }),
    expected: cut(1_000, { outcome: 'upstream_timeout' }, false),
  },
  {
    row: 13,
    name: 'a bad chunk size before any content',
    asks: BODY_ASKS,
    provider: (exchange) => exchange.send(`${successHead(exchange, ['Transfer-Encoding: chunked'])}zz\r\nnonsense`),
    expected: () => ({
      client: { kind: 'error', status: 502, code: 'provider_invalid_response' },
      outcome: 'upstream_invalid',
    }),
  },
  {
    // Nothing was promised to the client yet, so it gets an error that it can read instead of an empty, cut success.
    row: 16,
    name: 'headers with a length, no byte of content, a FIN',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Content-Length: 1000']));
      exchange.fin();
    },
    expected: () => ({
      client: { kind: 'error', status: 502, code: 'provider_invalid_response' },
      outcome: 'upstream_truncated',
      record: { bytesSent: 0, complete: 'no' },
    }),
  },
  {
    row: 17,
    name: 'more bytes than declared, in one piece',
    asks: BODY_ASKS,
    provider: (exchange) => exchange.send(`${successHead(exchange, ['Content-Length: 1000'])}${CONTENT}and more`),
    expected: whole(),
  },
  {
    row: 17,
    name: 'a second response after the first',
    asks: BODY_ASKS,
    async provider(exchange) {
      const head = successHead(exchange, ['Content-Length: 1000']);
      await exchange.send(`${head}${CONTENT}HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned`);
    },
    expected: whole(),
  },
  {
    row: 18,
    name: 'chunks without a length',
    async provider(exchange) {
      await exchange.send(successHead(exchange, ['Transfer-Encoding: chunked']));
      if (exchange.head.startsWith('HEAD')) return;
      await exchange.send(`${chunk(CONTENT.subarray(0, 400))}${chunk(CONTENT.subarray(400))}0\r\n\r\n`);
    },
    expected: whole({ reused: true }),
  },
  {
    row: 19,
    name: 'the end of the connection ends the body',
    asks: BODY_ASKS,
    async provider(exchange) {
      await exchange.send(successHead(exchange, []));
      await exchange.send(CONTENT);
      exchange.fin();
    },
    expected: whole({ record: { complete: 'unknown' } }),
  },
  {
    row: 19,
    name: 'an RST where the end of the connection would end the body',
    asks: BODY_ASKS,
    async provider(exchange, client) {
      await exchange.send(successHead(exchange, []));
      await exchange.send(CONTENT.subarray(0, 400));
      await client.received(400);
      exchange.rst();
    },
    expected: cut(400),
  },
  {
    row: 21,
    name: 'an empty file',
    asks: ['GET', 'HEAD'],
    provider: (exchange) => sendContent(exchange, ''),
    expected: () => ({
      client: { kind: 'content', body: '' },
      outcome: 'completed',
      reused: true,
      record: { bytesSent: 0, complete: 'yes' },
    }),
    also: ({ result }) => expect(result.response.headers.get('content-length')).toEqual(['0']),
  },
  {
    row: 23,
    name: 'a declared length over the limit',
    asks: BODY_ASKS,
    provider: (exchange) => sendContent(exchange, CONTENT),
    gateway: () => ({ limits: { maxBytes: 999 } }),
    expected: () => ({ client: { kind: 'error', status: 502, code: 'too_large' }, outcome: 'too_large' }),
  },
  {
    row: 23,
    name: 'an undeclared length over the limit',
    asks: BODY_ASKS,
    async provider(exchange, client) {
      await exchange.send(successHead(exchange, ['Transfer-Encoding: chunked']));
      await exchange.send(chunk(CONTENT.subarray(0, 500)));
      await client.received(500);
      await exchange.send(chunk(CONTENT.subarray(500)));
    },
    gateway: () => ({ limits: { maxBytes: 999 } }),
    expected: (variant) => {
      const { client } = cut(999, {}, false)(variant);
      return {
        client: client.kind === 'error' ? { ...client, code: 'too_large' } : client,
        outcome: 'too_large',
      };
    },
    also: ({ result, variant }) => {
      if (variant.delivery === 'stream') expect(result.response.body.length).toBeLessThanOrEqual(999);
    },
  },
  ...(['Content-Length: 1000', 'Transfer-Encoding: chunked'] as const).map(
    (framing): Fault => ({
      row: 23,
      name: `content of exactly the limit, ${framing}`,
      asks: ['GET'],
      async provider(exchange) {
        await exchange.send(successHead(exchange, [framing]));
        await exchange.send(framing.startsWith('Content') ? CONTENT : `${chunk(CONTENT)}0\r\n\r\n`);
      },
      gateway: () => ({ limits: { maxBytes: 1_000 } }),
      expected: whole({ reused: true }),
    }),
  ),
  {
    row: 37,
    name: 'a content coding that was not asked for',
    asks: ['GET', 'HEAD'],
    provider: (exchange) => sendContent(exchange, gzipSync(CONTENT), ['Content-Encoding: gzip']),
    expected: () => ({ client: { kind: 'content', body: gzipSync(CONTENT) }, outcome: 'completed', reused: true }),
    also: ({ result }) => {
      expect(result.response.headers.get('content-encoding')).toEqual(['gzip']);
      expect(result.response.headers.get('content-length')).toEqual([String(gzipSync(CONTENT).length)]);
    },
  },
  {
    row: 38,
    name: 'content that would grow a thousandfold if it were decoded',
    asks: ['GET'],
    provider: (exchange) => sendContent(exchange, BOMB, ['Content-Encoding: gzip']),
    gateway: () => ({ buffer: { maxBytes: BOMB.length, retries: 0 } }),
    expected: () => ({ client: { kind: 'content', body: BOMB }, outcome: 'completed', reused: true }),
  },
];

const BOMB = gzipSync(Buffer.alloc(20_000_000));

describe.each(faults.map((fault) => [`row ${fault.row}: ${fault.name}`, fault] as const))('%s', (_name, fault) => {
  it.each(variantsOf(fault))('%s', (_variant, variant) => runFault(fault, variant));
});
