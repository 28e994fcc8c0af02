import type { FileContentErrorCode, TransferRecord } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { type Expected, type Fault, PROVIDER_TEXT, runFault, sendContent, variantsOf } from '../support/fault-row';
import type { RawExchange } from '../support/raw-provider';

const CONTENT = 'the content of a file';

function refused(more: Partial<Expected> = {}): () => Expected {
  return () => ({
    client: { kind: 'error', status: 502, code: 'provider_invalid_response' },
    outcome: 'upstream_invalid',
    ...more,
  });
}

function fine(more: Partial<Expected> = {}): () => Expected {
  return () => ({ client: { kind: 'content', body: CONTENT }, outcome: 'completed', reused: true, ...more });
}

/** A provider that answers with these lines as its head, and with this body. */
function says(lines: readonly string[], body = CONTENT) {
  return ({ send, head }: RawExchange) => send([...lines, '', head.startsWith('HEAD') ? '' : body].join('\r\n'));
}

function framing(name: string, ...lines: string[]): Fault {
  return { row: 20, name, provider: says(['HTTP/1.1 200 OK', ...lines]), expected: refused() };
}

function badHeader(name: string, line: string): Fault {
  return {
    row: 26,
    name,
    provider: says(['HTTP/1.1 200 OK', line, `Content-Length: ${CONTENT.length}`]),
    expected: refused(),
  };
}

function badStatus(status: string): Fault {
  return {
    row: 28,
    name: `status ${status}`,
    provider: says([`HTTP/1.1 ${status} OK`, `Content-Length: ${CONTENT.length}`]),
    expected: refused(),
  };
}

function disposition(name: string, value: Buffer, expected: string): Fault {
  return {
    row: 27,
    name,
    asks: ['GET', 'HEAD'],
    provider: (exchange) => sendContent(exchange, CONTENT, [`Content-Disposition: ${value.toString('latin1')}`]),
    expected: fine(),
    also: ({ result }) => expect(result.response.headers.get('content-disposition')).toEqual([expected]),
  };
}

function interim(name: string, ...heads: string[]): Fault {
  return {
    row: 31,
    name,
    async provider(exchange) {
      for (const head of heads) await exchange.send(`HTTP/1.1 ${head}\r\n\r\n`);
      await sendContent(exchange, CONTENT);
    },
    expected: fine(),
  };
}

function upgrade(name: string, ...lines: string[]): Fault {
  return {
    row: 32,
    name,
    provider: says(['HTTP/1.1 101 Switching Protocols', ...lines], 'raw bytes'),
    expected: refused(),
  };
}

function redirect(status: number): Fault {
  return {
    row: 34,
    name: `status ${status}`,
    provider: says([`HTTP/1.1 ${status} Moved`, 'Location: http://127.0.0.1:9/elsewhere', 'Content-Length: 0'], ''),
    expected: refused(),
  };
}

function refusal(
  row: number,
  statusLine: string,
  status: number,
  code: FileContentErrorCode,
  lines: readonly string[] = [],
  also?: Fault['also'],
): Fault {
  const body = `<html>${PROVIDER_TEXT} ${PROVIDER_KEY}</html>`;
  const record: Partial<TransferRecord> = { upstreamStatus: Number(statusLine.slice(0, 3)), complete: 'no' };
  return {
    row,
    name: `status ${statusLine}`,
    provider: says(
      [`HTTP/1.1 ${statusLine}`, 'Content-Type: text/html', `Content-Length: ${body.length}`, ...lines],
      body,
    ),
    expected: () => ({ client: { kind: 'error', status, code }, outcome: 'upstream_error', reused: true, record }),
    ...(also ? { also } : undefined),
  };
}

const header = (name: string, value: string): Fault['also'] => {
  return ({ result }) => expect(result.response.headers.get(name)).toEqual([value]);
};

const faults: Fault[] = [
  framing('two lengths', 'Content-Length: 21', 'Content-Length: 22'),
  framing('the same length twice', 'Content-Length: 21', 'Content-Length: 21'),
  framing('a list of lengths', 'Content-Length: 21, 22'),
  framing('a length and chunks', 'Content-Length: 21', 'Transfer-Encoding: chunked'),
  framing('chunks and a length', 'Transfer-Encoding: chunked', 'Content-Length: 21'),
  framing('an unknown coding', 'Transfer-Encoding: nonsense'),
  framing('a coding without chunks', 'Transfer-Encoding: gzip'),
  framing('chunks that are not last', 'Transfer-Encoding: chunked, gzip'),
  framing('a negative length', 'Content-Length: -1'),
  framing('an overflowing length', 'Content-Length: 99999999999999999999999'),
  framing('a length that is no number', 'Content-Length: ten'),
  {
    row: 24,
    name: 'more than 16 kB of headers',
    provider: says(['HTTP/1.1 200 OK', `X-Long: ${'x'.repeat(20_000)}`, `Content-Length: ${CONTENT.length}`]),
    expected: refused(),
  },
  {
    row: 25,
    name: '1,500 headers',
    provider: (exchange) =>
      sendContent(
        exchange,
        CONTENT,
        Array.from({ length: 1_500 }, (_, index) => `a${index}: b`),
      ),
    expected: fine(),
    also: ({ result }) => expect([...result.response.headers.keys()].filter((name) => /^a\d/.test(name))).toEqual([]),
  },
  badHeader('a control character in a header', 'ETag: "a\x01b"'),
  badHeader('a bare CR in a header', 'ETag: "a\rb"'),
  badHeader('a folded header', 'ETag: "a\r\n b"'),
  badHeader('a NUL in a header', 'ETag: "a\0b"'),
  badHeader('a space before the colon', 'ETag : "a"'),
  disposition(
    'UTF-8 in Content-Disposition',
    Buffer.from('attachment; filename="na\u00efve.txt"'),
    `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`,
  ),
  disposition(
    'latin1 in Content-Disposition',
    Buffer.from('attachment; filename="na\xefve.txt"', 'latin1'),
    `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`,
  ),
  disposition(
    'characters whose low bytes are CR and LF in Content-Disposition',
    Buffer.from('attachment; filename="a\u010d\u010aX-Injected: 1"'),
    `attachment; filename="a__X-Injected_ 1"; filename*=UTF-8''a%C4%8D%C4%8AX-Injected_%201`,
  ),
  badStatus('099'),
  badStatus('600'),
  badStatus('1000'),
  badStatus('abc'),
  badStatus('000'),
  {
    row: 29,
    name: 'a control character in the reason phrase',
    provider: says([`HTTP/1.1 200 ${PROVIDER_TEXT}\x01`, `Content-Length: ${CONTENT.length}`]),
    asks: ['GET', 'HEAD'],
    expected: fine(),
    also: ({ result }) => expect(result.response.reason).toBe('OK'),
  },
  {
    row: 30,
    name: 'a Trailer header with a length',
    provider: (exchange) => sendContent(exchange, CONTENT, ['Trailer: X-Checksum']),
    expected: fine(),
  },
  {
    row: 30,
    name: 'trailers after chunks',
    provider: says(
      ['HTTP/1.1 200 OK', 'Trailer: X-Checksum', 'Transfer-Encoding: chunked'],
      `15\r\n${CONTENT}\r\n0\r\nX-Checksum: 1\r\n\r\n`,
    ),
    asks: ['GET', 'HEAD'],
    expected: fine(),
  },
  {
    row: 30,
    name: 'a Trailer header on a 204',
    provider: says(['HTTP/1.1 204 No Content', 'Trailer: X-Checksum'], ''),
    asks: ['GET', 'HEAD'],
    expected: fine({ client: { kind: 'content', status: 204, body: undefined } }),
  },
  interim('100 and then 200', '100 Continue'),
  interim('102 and then 200', '102 Processing'),
  interim('103 and then 200', '103 Early Hints\r\nLink: </style.css>; rel=preload'),
  interim('two thousand interim responses and then 200', ...Array.from({ length: 2_000 }, () => '103 Early Hints')),
  upgrade('101 with an Upgrade header', 'Connection: Upgrade', 'Upgrade: websocket'),
  upgrade('101 and nothing else'),
  {
    row: 33,
    name: '204 with a body',
    asks: ['GET'],
    provider: says(['HTTP/1.1 204 No Content']),
    expected: fine({ client: { kind: 'content', status: 204, body: undefined }, reused: false }),
  },
  {
    row: 33,
    name: '205 with a body',
    asks: ['GET'],
    provider: says(['HTTP/1.1 205 Reset Content', `Content-Length: ${CONTENT.length}`]),
    expected: fine({ client: { kind: 'content', status: 205, body: undefined } }),
  },
  {
    row: 33,
    name: '304 with a body',
    asks: ['GET'],
    headers: ['If-None-Match: "a"'],
    provider: says(['HTTP/1.1 304 Not Modified', 'ETag: "a"']),
    // A buffered content's conditions are evaluated by the gateway, so a provider was not asked for a 304.
    expected: ({ delivery }) =>
      delivery === 'buffer'
        ? refused()()
        : fine({ client: { kind: 'content', status: 304, body: undefined }, reused: false })(),
  },
  {
    row: 33,
    name: 'HEAD with a body',
    asks: ['HEAD'],
    provider: ({ send }) => send(`HTTP/1.1 200 OK\r\nContent-Length: ${CONTENT.length}\r\n\r\n${CONTENT}`),
    expected: fine({ reused: false }),
  },
  ...[300, 301, 302, 303, 307, 308].map(redirect),
  refusal(35, '401 Unauthorized', 502, 'provider_auth_failed'),
  refusal(35, '403 Forbidden', 502, 'provider_auth_failed'),
  refusal(36, '404 Not Found', 404, 'file_not_found'),
  refusal(
    36,
    '416 Range Not Satisfiable',
    416,
    'range_not_satisfiable',
    ['Content-Range: bytes */7'],
    header('content-range', 'bytes */7'),
  ),
  refusal(36, '429 Too Many Requests', 429, 'rate_limited', ['Retry-After: 7'], header('retry-after', '7')),
  refusal(36, '500 Internal Server Error', 500, 'provider_error'),
  refusal(36, '503 Service Unavailable', 503, 'provider_error'),
];

describe.each(faults.map((fault) => [`row ${fault.row}: ${fault.name}`, fault] as const))('%s', (_name, fault) => {
  it.each(variantsOf(fault))('%s', (_variant, variant) => runFault(fault, variant));
});
