import { type Expected, type Fault, runFault, sendContent, successHead, variantsOf } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { type RawExchange, startRawProvider } from '../support/raw-provider';

const CONTENT = 'the content of a file';

const INVALID: Expected = {
  client: { kind: 'error', status: 502, code: 'provider_invalid_response' },
  outcome: 'upstream_invalid',
};
const FINE: Expected = { client: { kind: 'content', body: CONTENT }, outcome: 'completed', reused: true };
const TIMED_OUT: Expected = {
  client: { kind: 'error', status: 504, code: 'provider_timeout' },
  outcome: 'upstream_timeout',
};

function says(lines: readonly string[], body = CONTENT) {
  return ({ send, head }: RawExchange) => send([...lines, '', head.startsWith('HEAD') ? '' : body].join('\r\n'));
}

function framing(name: string, lines: readonly string[], body?: string): Fault {
  return { row: 20, name, asks: ['GET'], provider: says(['HTTP/1.1 200 OK', ...lines], body), expected: () => INVALID };
}

function chunks(name: string, body: string): Fault {
  return {
    row: 13,
    name,
    asks: ['GET'],
    provider: says(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], body),
    expected: () => INVALID,
  };
}

function harmless(row: number, name: string, line: string, more: Partial<Expected> = {}): Fault {
  return {
    row,
    name,
    asks: ['GET', 'HEAD'],
    provider: (exchange) => sendContent(exchange, CONTENT, [line]),
    expected: () => ({ ...FINE, ...more }),
  };
}

const faults: Fault[] = [
  framing('a length with a plus sign', ['Content-Length: +21']),
  framing('a length in hexadecimal', ['Content-Length: 0x15']),
  framing('an empty length', ['Content-Length:']),
  framing('chunked twice', ['Transfer-Encoding: chunked, chunked'], `15\r\n${CONTENT}\r\n0\r\n\r\n`),
  framing(
    'chunked in two headers',
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    `15\r\n${CONTENT}\r\n0\r\n\r\n`,
  ),
  framing('the coding identity', ['Transfer-Encoding: identity', 'Content-Length: 21']),
  framing('a vertical tab before chunked', ['Transfer-Encoding: \x0bchunked'], `15\r\n${CONTENT}\r\n0\r\n\r\n`),
  framing('a header without a colon', ['Content-Length 21']),
  framing('a header without a name', [': 21', 'Content-Length: 21']),
  {
    row: 20,
    name: 'a 206 to a request without Range',
    asks: ['GET', 'HEAD'],
    provider: says(['HTTP/1.1 206 Partial Content', 'Content-Length: 21', 'Content-Range: bytes 0-20/21']),
    expected: () => INVALID,
  },
  chunks('a chunk size beyond all numbers', `${'f'.repeat(40)}\r\n${CONTENT}\r\n0\r\n\r\n`),
  chunks('a negative chunk size', `-15\r\n${CONTENT}\r\n0\r\n\r\n`),
  chunks('an empty chunk size', `\r\n${CONTENT}\r\n0\r\n\r\n`),
  harmless(25, 'a Keep-Alive beyond all timers', 'Keep-Alive: timeout=99999999999999'),
  harmless(25, 'a Keep-Alive of nothing', 'Keep-Alive: timeout=0', { reused: false }),
  harmless(25, 'an invalid Keep-Alive', 'Keep-Alive: nonsense'),
  harmless(25, 'a Connection header that names what must stay', 'Connection: content-length, content-type, etag'),
  harmless(25, 'a Content-Range on a 200', 'Content-Range: bytes 0-20/21'),
  harmless(25, 'an Alt-Svc and an Upgrade that invite elsewhere', 'Upgrade: h2c\r\nAlt-Svc: h2="evil.test:443"'),
  harmless(25, 'a Content-Disposition of nonsense', 'Content-Disposition: ;;;"\\'),
  harmless(25, 'a Content-Disposition that would show it', 'Content-Disposition: inline; filename="../../x.html"'),
  {
    row: 9,
    name: 'headers that come byte by byte without end',
    asks: ['GET', 'HEAD'],
    provider: ({ trickle }) => trickle(`HTTP/1.1 200 OK\r\nX-Slow: ${'x'.repeat(5_000)}`, 5),
    gateway: () => ({ timeouts: { headers: 200 } }),
    expected: () => TIMED_OUT,
  },
  {
    row: 31,
    name: 'interim responses without end',
    asks: ['GET'],
    async provider({ send, socket }) {
      while (!socket.destroyed) {
        await send('HTTP/1.1 103 Early Hints\r\n\r\n');
        await new Promise(setImmediate);
      }
    },
    gateway: () => ({ timeouts: { headers: 200 } }),
    expected: () => TIMED_OUT,
  },
  {
    row: 36,
    name: 'a refusal whose text never ends',
    asks: ['GET'],
    provider: ({ send }) => send('HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nhalf'),
    gateway: () => ({ timeouts: { idle: 200 } }),
    expected: () => ({
      client: { kind: 'error', status: 404, code: 'file_not_found' },
      outcome: 'upstream_error',
      record: { upstreamStatus: 404 },
    }),
  },
  {
    row: 36,
    name: 'a refusal that is cut',
    asks: ['GET'],
    async provider({ send, rst }) {
      await send('HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
      rst();
    },
    expected: () => ({
      client: { kind: 'error', status: 503, code: 'provider_error' },
      outcome: 'upstream_error',
      record: { upstreamStatus: 503 },
    }),
  },
  {
    row: 10,
    name: 'a large content cut right behind its headers',
    asks: ['GET'],
    async provider(exchange) {
      await exchange.send(`${successHead(exchange, ['Content-Length: 9000000'])}a`);
      exchange.fin();
    },
    expected: ({ delivery }) =>
      delivery === 'stream'
        ? { client: { kind: 'abort', body: 'a' }, outcome: 'upstream_truncated', record: { bytesSent: 1 } }
        : { ...INVALID, outcome: 'upstream_truncated' },
  },
  {
    row: 19,
    name: 'HTTP/1.0 without a length',
    asks: ['GET'],
    async provider({ send, fin }) {
      await send(`HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n${CONTENT}`);
      fin();
    },
    expected: () => ({ ...FINE, reused: false, record: { complete: 'unknown' } }),
  },
  {
    row: 20,
    name: 'HTTP/1.0 with chunks, which it does not have',
    asks: ['GET'],
    async provider({ send, fin }) {
      await send(`HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n${CONTENT}\r\n0\r\n\r\n`);
      fin();
    },
    // Read as the framing says, which is what every client does as well.
    expected: () => ({ ...FINE, reused: false }),
  },
];

describe.each(faults.map((fault) => [`row ${fault.row}: ${fault.name}`, fault] as const))('%s', (_name, fault) => {
  it.each(variantsOf(fault))('%s', (_variant, variant) => runFault(fault, variant));
});

it.each([
  ['a FIN', (socket: RawExchange['socket']) => void socket.end()],
  ['an RST', (socket: RawExchange['socket']) => void socket.resetAndDestroy()],
])('a provider that greets every connection with %s is unreachable', async (_name, end) => {
  await using provider = await startRawProvider(() => undefined, { onConnection: ({ socket }) => end(socket) });
  await using gateway = await startGateway({ upstream: provider.origin });
  const { response } = await rawRequest(gateway.port);
  expect(response.status).toBe(502);
  expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_unreachable' }]);
});
