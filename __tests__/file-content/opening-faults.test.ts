import {
  FILE_CONTENT_ERROR_CODES,
  type FileContentErrorCode,
  isFileContentError,
  type Outcome,
  openaiCompatible,
} from '../../lib/index';
import { findSecret, PROVIDER_KEY } from '../support/canary';
import { makeCertificate } from '../support/certificates';
import { expectReleased, settled, takeBaseline, watchProcess } from '../support/leaks';
import { bytesOf, type Opening, type OpeningOptions, startOpening } from '../support/opening';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

/** What the caller of `open()` must see of what a provider does. */
interface Fault {
  readonly name: string;
  /** Default: the provider says nothing. */
  readonly provider?: RawScript;
  readonly options?: Omit<OpeningOptions, 'provider'>;
  /** The content; or the code of the error, of `open()` or, after so many bytes of a stream (-1: some), of the body. */
  readonly seen: string | readonly [bytes: number, code: FileContentErrorCode];
  readonly outcome: Outcome;
  readonly status?: number;
  readonly baseURL?: string;
}

function head(...lines: readonly string[]): string {
  return ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
}

/** Sends bytes, then ends the connection once they are on their way. */
function ends(bytes: string | Uint8Array, how: 'fin' | 'rst'): RawScript {
  return async (exchange) => {
    await exchange.send(bytes);
    if (how === 'fin') exchange.fin();
    else exchange.rst();
  };
}

function says(bytes: string | Uint8Array): RawScript {
  return ({ send }) => send(bytes);
}

const UNREACHABLE = { seen: 'provider_unreachable', outcome: 'upstream_unreachable', status: 502 } as const;
const INVALID = { seen: 'provider_invalid_response', outcome: 'upstream_invalid', status: 502 } as const;
const SILENT = { seen: 'provider_timeout', outcome: 'upstream_timeout', status: 504 } as const;
const CHUNKED = 'Transfer-Encoding: chunked';
const refuses = (status: string, more: readonly string[] = []): RawScript =>
  says(answer(JSON.stringify({ error: { message: `no: ${PROVIDER_KEY}`, code: 'x' } }), more, status));

const FAULTS: readonly Fault[] = [
  { name: 'connection refused', baseURL: 'http://127.0.0.1:9', ...UNREACHABLE },
  { name: 'an unknown host', baseURL: 'http://nowhere.invalid', ...UNREACHABLE },
  { name: 'FIN without a byte', provider: ({ fin }) => fin(), ...UNREACHABLE },
  { name: 'RST before headers', provider: ({ rst }) => rst(), ...UNREACHABLE },
  { name: 'half a head, then FIN', provider: ends('HTTP/1.1 200 OK\r\nContent-Le', 'fin'), ...INVALID },
  { name: 'silence before headers', options: { timeouts: { headers: 60 } }, ...SILENT },
  {
    name: 'FIN after some of a declared length',
    provider: ends(`${head('Content-Length: 10')}hello`, 'fin'),
    seen: [5, 'provider_invalid_response'],
    outcome: 'upstream_truncated',
  },
  {
    name: 'RST after some of a declared length',
    provider: ends(`${head('Content-Length: 10')}hello`, 'rst'),
    seen: [-1, 'provider_invalid_response'],
    outcome: 'upstream_truncated',
  },
  {
    name: 'FIN inside of a chunk',
    provider: ends(`${head(CHUNKED)}a\r\nhello`, 'fin'),
    seen: [5, 'provider_invalid_response'],
    outcome: 'upstream_truncated',
  },
  {
    name: 'FIN between chunks',
    provider: ends(`${head(CHUNKED)}5\r\nhello\r\n`, 'fin'),
    seen: [5, 'provider_invalid_response'],
    outcome: 'upstream_truncated',
  },
  {
    name: 'RST inside of a chunked body',
    provider: ends(`${head(CHUNKED)}a\r\nhello`, 'rst'),
    seen: [-1, 'provider_invalid_response'],
    outcome: 'upstream_truncated',
  },
  {
    name: 'a bad chunk size',
    provider: says(`${head(CHUNKED)}5\r\nhello\r\nzz\r\n`),
    seen: [-1, 'provider_invalid_response'],
    outcome: 'upstream_invalid',
  },
  {
    name: 'a bad chunk size before any byte',
    provider: says(`${head(CHUNKED)}zz\r\n`),
    ...INVALID,
  },
  {
    name: 'silence in the body',
    provider: says(`${head('Content-Length: 10')}hello`),
    options: { timeouts: { idle: 60 } },
    seen: [5, 'provider_timeout'],
    outcome: 'upstream_timeout',
  },
  {
    name: 'bytes that trickle for too long in all',
    provider: ({ trickle }) => trickle(`${head('Content-Length: 9999')}${'x'.repeat(9_999)}`, 5),
    options: { timeouts: { total: 1_500 } },
    seen: [-1, 'provider_timeout'],
    outcome: 'upstream_timeout',
  },
  {
    name: 'a head and no byte of its body',
    provider: ends(head('Content-Length: 10'), 'fin'),
    seen: 'provider_invalid_response',
    outcome: 'upstream_truncated',
  },
  { name: 'more bytes than declared', provider: says(`${answer('hello')}world`), seen: 'hello', outcome: 'completed' },
  { name: 'chunks', provider: says(`${head(CHUNKED)}5\r\nhello\r\n0\r\n\r\n`), seen: 'hello', outcome: 'completed' },
  { name: 'an end by the close', provider: ends(`${head()}hello`, 'fin'), seen: 'hello', outcome: 'completed' },
  { name: 'two lengths', provider: says(`${head('Content-Length: 5', 'Content-Length: 6')}hello`), ...INVALID },
  { name: 'a length and chunks', provider: says(`${head('Content-Length: 5', CHUNKED)}hello`), ...INVALID },
  { name: 'a negative length', provider: says(`${head('Content-Length: -5')}hello`), ...INVALID },
  { name: 'an unknown transfer coding', provider: says(`${head('Transfer-Encoding: gzip')}hello`), ...INVALID },
  {
    name: 'a declared length over the limit',
    provider: says(answer('hello')),
    options: { limits: { maxBytes: 4 } },
    seen: 'too_large',
    outcome: 'too_large',
  },
  {
    name: 'more than the limit, undeclared',
    provider: async ({ send }) => {
      await send(`${head(CHUNKED)}3\r\nhel\r\n`);
      await send('2\r\nlo\r\n');
    },
    options: { limits: { maxBytes: 4 } },
    seen: [-1, 'too_large'],
    outcome: 'too_large',
  },
  { name: 'more than 16 kB of headers', provider: says(head(`X-Large: ${'x'.repeat(17_000)}`)), ...INVALID },
  { name: 'a control character in a header', provider: says(head('X-Bad: a\x01b')), ...INVALID },
  { name: 'status 099', provider: says('HTTP/1.1 099 X\r\n\r\n'), ...INVALID },
  { name: 'status 600', provider: says('HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n'), ...INVALID },
  { name: 'an upgrade that nobody asked for', provider: says('HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n'), ...INVALID },
  { name: 'no HTTP at all', provider: says('SSH-2.0-OpenSSH_9.9\r\n'), ...INVALID },
  { name: 'a 304 to no condition', provider: says('HTTP/1.1 304 Not Modified\r\n\r\n'), ...INVALID },
  { name: 'a redirect', provider: says(answer('', ['Location: /x'], '302 Found')), ...INVALID },
  { name: 'a 206 to no range', provider: says(answer('hello', [], '206 Partial Content')), ...INVALID },
  { name: 'a success that is no file', provider: ends(answer('{}', [], '202 Accepted'), 'fin'), ...INVALID },
  { name: 'no content', provider: says('HTTP/1.1 204 No Content\r\n\r\n'), ...INVALID },
  { name: 'a 404', provider: refuses('404 Not Found'), seen: 'file_not_found', outcome: 'upstream_error', status: 404 },
  {
    name: 'a refused credential',
    provider: refuses('401 Unauthorized'),
    seen: 'provider_auth_failed',
    outcome: 'upstream_error',
    status: 502,
  },
  {
    name: 'a rate limit',
    provider: refuses('429 Too Many Requests', ['Retry-After: 7']),
    seen: 'rate_limited',
    outcome: 'upstream_error',
    status: 429,
  },
  {
    name: 'an error of the provider',
    provider: refuses('500 Internal Server Error'),
    seen: 'provider_error',
    outcome: 'upstream_error',
    status: 500,
  },
];

const CODES: ReadonlySet<unknown> = new Set(FILE_CONTENT_ERROR_CODES);

/** The whole content, or what failed and how many bytes came before. */
async function read({ baseURL }: Fault, { open }: Opening, delivery: 'stream' | 'buffer') {
  let received = 0;
  try {
    const elsewhere = baseURL === undefined ? {} : { provider: openaiCompatible({ name: 'elsewhere', baseURL }) };
    const { body, record } = await open({ delivery, ...elsewhere });
    for await (const chunk of body) received += chunk.length;
    await record;
    return { received, error: undefined };
  } catch (error) {
    return { received, error };
  }
}

describe.each(['stream', 'buffer'] as const)('delivered by %s', (delivery) => {
  it.each(FAULTS)('$name', async (fault) => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    {
      await using opening = await startOpening(fault.provider ?? (() => undefined), fault.options);
      const { received, error } = await read(fault, opening, delivery);
      const [record, ...others] = await opening.gateway.recorded(1);
      const [bytes, code] = typeof fault.seen === 'string' ? [0, fault.seen] : fault.seen;
      if (!CODES.has(code)) expect({ error, received }).toEqual({ error: undefined, received: code.length });
      else {
        expect(isFileContentError(error)).toBe(true);
        expect(error).toMatchObject({ code, ...(bytes === 0 && fault.status && { status: fault.status }) });
        if (delivery === 'buffer') expect(received).toBe(0);
        else if (bytes >= 0) expect(received).toBe(bytes);
      }
      expect(others).toEqual([]);
      expect(record).toMatchObject({ outcome: fault.outcome, method: 'GET', bytesSent: received });
      if (received === 0 && isFileContentError(error)) expect(record?.status).toBe(error.status);
      const told = { error, record, starts: opening.gateway.starts, incidents: watch.incidents };
      expect(findSecret(PROVIDER_KEY, told)).toEqual([]);
      expect(opening.files.active()).toEqual([]);
      expect(await opening.gateway.temporaryFiles()).toEqual([]);
      if (error !== undefined && fault.outcome !== 'upstream_error') {
        expect(await settled(() => (opening.provider.openConnections > 0 ? ['a connection is open'] : []))).toEqual([]);
      }
    }
    await expectReleased(baseline);
    watch.expectQuiet();
  });

  it('an untrusted certificate', async () => {
    await using provider = await startRawProvider(says(answer('hello')), { tls: makeCertificate() });
    await using opening = await startOpening(() => undefined);
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin, apiKey: PROVIDER_KEY });
    await expect(opening.open({ provider: held, delivery })).rejects.toMatchObject({ code: 'provider_unreachable' });
    expect(provider.received).toEqual(Buffer.alloc(0));
  });

  it('a reused connection that was closed meanwhile', async () => {
    await using opening = await startOpening(({ send, rst, index }) => (index === 1 ? rst() : send(answer('hello'))));
    expect(String(await bytesOf(await opening.open({ delivery })))).toBe('hello');
    const file = await opening.open({ delivery });
    expect(String(await bytesOf(file))).toBe('hello');
    expect(await file.record).toMatchObject({ outcome: 'completed', attempts: 2 });
  });
});
