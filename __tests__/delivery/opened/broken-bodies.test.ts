import { Readable } from 'node:stream';
import { FileContentError, isFileContentError } from '../../../lib/index';
import { watchProcess } from '../../support/leaks';
import { BODY_KINDS, type Finish, startOpened, watchedBody } from '../../support/opened';
import { connectRaw, rawRequest, requestBytes } from '../../support/raw-client';

const FIVE = Buffer.from('first');
const cut = new Error('the source was cut');
const own = new FileContentError('provider_error', 'The archive is closed.', { status: 503 });

interface Row {
  readonly name: string;
  readonly chunks: readonly (Buffer | string)[];
  readonly finish?: Finish;
  readonly contentLength?: number;
  /** What a client has when the connection ends: none where it got an error response. */
  readonly sent: string | undefined;
  readonly outcome: string;
  readonly code?: string;
}

const ROWS: readonly Row[] = [
  { name: 'shorter than declared', chunks: [FIVE], contentLength: 10, sent: 'first', outcome: 'upstream_truncated' },
  { name: 'empty though declared', chunks: [], contentLength: 10, sent: undefined, outcome: 'upstream_truncated' },
  // The chunk that would complete it is held back until the end is seen.
  {
    name: 'longer than declared',
    chunks: [FIVE, FIVE, FIVE],
    contentLength: 10,
    sent: 'first',
    outcome: 'upstream_truncated',
  },
  { name: 'longer in one chunk', chunks: [FIVE], contentLength: 3, sent: undefined, outcome: 'upstream_truncated' },
  {
    name: 'not empty though declared so',
    chunks: [FIVE],
    contentLength: 0,
    sent: undefined,
    outcome: 'upstream_truncated',
  },
  { name: 'cut', chunks: [FIVE], finish: cut, sent: 'first', outcome: 'upstream_truncated' },
  {
    name: 'cut, of a declared length',
    chunks: [FIVE],
    finish: cut,
    contentLength: 10,
    sent: 'first',
    outcome: 'upstream_truncated',
  },
  {
    name: 'cut at its declared end',
    chunks: [FIVE, FIVE],
    finish: cut,
    contentLength: 10,
    sent: 'first',
    outcome: 'upstream_truncated',
  },
  { name: 'cut before its first byte', chunks: [], finish: cut, sent: undefined, outcome: 'upstream_truncated' },
  {
    name: 'failing with an error of its own',
    chunks: [FIVE],
    finish: own,
    sent: 'first',
    outcome: 'upstream_truncated',
    code: 'provider_error',
  },
  {
    name: 'failing so before its first byte',
    chunks: [],
    finish: own,
    sent: undefined,
    outcome: 'upstream_error',
    code: 'provider_error',
  },
];

describe.each(BODY_KINDS)('an opened body that is cut off never looks complete: a %s', (kind) => {
  it.each(ROWS)(
    '$name',
    async ({ chunks, finish, contentLength, sent, outcome, code = 'provider_invalid_response' }) => {
      using watch = watchProcess();
      const watched = watchedBody(
        kind,
        chunks.map((chunk) => Buffer.from(chunk)),
        finish,
      );
      await using gateway = await startOpened(() => ({ body: watched.body, contentLength }));
      const { response } = await rawRequest(gateway.port);
      if (sent === undefined) {
        expect(response).toMatchObject({ status: code === 'provider_error' ? 503 : 502, complete: true });
        expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code } });
      } else expect(response).toMatchObject({ status: 200, complete: false, body: Buffer.from(sent) });
      const [record] = await gateway.recorded(1);
      expect(record).toMatchObject({ outcome, complete: 'no', bytesSent: sent?.length ?? 0, error: { code } });
      watch.expectQuiet();
    },
  );

  it.each(ROWS)('$name, buffered: an error and no byte', async ({ chunks, finish, contentLength, code }) => {
    using watch = watchProcess();
    const watched = watchedBody(
      kind,
      chunks.map((chunk) => Buffer.from(chunk)),
      finish,
    );
    await using gateway = await startOpened(() => ({ body: watched.body, contentLength }), 'buffer');
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: code === undefined ? 502 : 503, complete: true });
    expect(await gateway.recorded(1)).toMatchObject([{ complete: 'no', bytesSent: 0 }]);
    watch.expectQuiet();
  });
});

describe('what openContent must not give', () => {
  const WRONG: readonly (readonly [string, unknown, RegExp])[] = [
    ['undefined', undefined, /must return \{ body: stream, contentType, \.\.\. \} or a Response, got undefined/],
    ['null', null, /must return .* got null/],
    ['bytes alone', Buffer.from('x'), /got bytes/],
    ['no body', {}, /a stream or an async iterable of them as "body", got an object with no members/],
    ['a text', { body: 'x' }, /as "body", got a string/],
    ['a negative length', { body: FIVE, contentLength: -1 }, /a number of bytes as "contentLength", got number -1/],
    ['two lengths', { body: FIVE, contentLength: 4 }, /one length in "contentLength", "range" and "body", got 4, 5/],
    ['a range that ends before it begins', { body: FIVE, range: { start: 5, end: 1, total: 9 } }, /5-1 of 9/],
    ['a range without a total', { body: FIVE, range: { start: 0, end: 4 } }, /"range.total", got undefined/],
    [
      'a misspelt member',
      { body: FIVE, contentLenght: 5 },
      /unknown member "contentLenght"\. Did you mean `contentLength`/,
    ],
    ['a stream alone', Readable.from([FIVE]), /must return \{ body: stream, .* got a stream alone/],
    ["another client's response", { statusCode: 404, body: Readable.from([FIVE]) }, /got an object with "statusCode"/],
    ['a response without its body', { status: 200, headers: new Map(), data: FIVE }, /got an object with "status"/],
    ['a Response whose body cannot be read', { status: 200, headers: new Map(), bodyUsed: false }, /got undefined/],
    ['a wrong media type', { body: FIVE, contentType: 'csv' }, /"contentType"/],
  ];

  it.each(WRONG)('%s is the gateway’s failure, and the record says what to write', async (_name, given, message) => {
    await using gateway = await startOpened(() => given as Response);
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(500);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'resolver_failed', error: { code: 'resolver_failed' } });
    expect(record?.error?.cause?.message).toMatch(message);
  });

  it('a stream that other code already reads', async () => {
    const stream = new Blob([FIVE]).stream();
    stream.getReader();
    await using gateway = await startOpened(() => ({ body: stream }));
    expect((await rawRequest(gateway.port)).response.status).toBe(500);
    const [record] = await gateway.recorded(1);
    expect(record?.error?.cause?.message).toMatch(/a stream that nobody else reads/);
  });

  it('a Response that was read', async () => {
    const response = new Response('x');
    await response.text();
    await using gateway = await startOpened(() => response);
    expect((await rawRequest(gateway.port)).response.status).toBe(500);
    const [record] = await gateway.recorded(1);
    expect(record?.error?.cause?.message).toMatch(/a Response whose body nobody has read/);
  });

  it.each([
    ['a redirect', new Response(null, { status: 302, headers: { location: '/' } })],
    ['a part that was not asked for', new Response('x', { status: 206, headers: { 'content-range': 'bytes 0-0/9' } })],
    ['a 304 that was not asked for', new Response(null, { status: 304 })],
  ])('%s', async (_name, response) => {
    await using gateway = await startOpened(() => response);
    expect((await rawRequest(gateway.port)).response.status).toBe(502);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_invalid' }]);
  });

  it('chunks that are not bytes', async () => {
    await using texts = await startOpened(() => ({ body: Readable.from(['first', 'last']) }));
    expect((await rawRequest(texts.port)).response.status).toBe(500);
    const [first] = await texts.recorded(1);
    expect(first?.outcome).toBe('resolver_failed');
    expect(first?.error?.cause?.message).toMatch(
      /^provider own: the iteration of "body" must return .* got a string\. /,
    );
    const words = new Uint16Array(1);
    const body = Readable.from([FIVE, words]);
    await using later = await startOpened(() => ({ body }));
    expect((await rawRequest(later.port)).response).toMatchObject({ status: 200, complete: false, body: FIVE });
    const [second] = await later.recorded(1);
    expect(second).toMatchObject({ outcome: 'upstream_truncated', error: { code: 'resolver_failed' } });
    expect(second?.error?.cause?.message).toMatch(/got a Uint16Array/);
  });

  it('more than the gateway passes on', async () => {
    const big = () => watchedBody('generator', Array(10).fill(FIVE)).body;
    await using declared = await startOpened(() => ({ body: big(), contentLength: 50 }), 'stream', {
      limits: { maxBytes: 20 },
    });
    expect((await rawRequest(declared.port)).response.status).toBe(502);
    expect(await declared.recorded(1)).toMatchObject([{ outcome: 'too_large', bytesSent: 0 }]);
    await using counted = await startOpened(() => ({ body: big() }), 'stream', { limits: { maxBytes: 20 } });
    expect((await rawRequest(counted.port)).response).toMatchObject({ status: 200, complete: false });
    expect(await counted.recorded(1)).toMatchObject([{ outcome: 'too_large', bytesSent: 20 }]);
  });

  it('an error: its own reaches the client, any other stays inside', async () => {
    await using gateway = await startOpened(({ fileId }) => {
      throw fileId === 'file-own' ? new FileContentError('file_not_found', 'No such report.') : new Error('secret');
    });
    const mine = await rawRequest(gateway.port, { path: '/v1/files/file-own/content' });
    expect(mine.response.status).toBe(404);
    const other = await rawRequest(gateway.port);
    expect(other.response.status).toBe(502);
    expect(other.response.body.includes('secret')).toBe(false);
    const records = await gateway.recorded(2);
    expect(records.map(({ error }) => error?.code)).toEqual(['file_not_found', 'provider_error']);
    expect(records[1]?.error?.cause?.stack).toMatch(/broken-bodies/);
    expect(isFileContentError(own)).toBe(true);
  });

  it('silence, for longer than the gateway waits', async () => {
    await using opening = await startOpened(() => new Promise(() => undefined), 'stream', {
      timeouts: { headers: 50 },
    });
    expect((await rawRequest(opening.port)).response.status).toBe(504);
    expect(await opening.recorded(1)).toMatchObject([{ outcome: 'upstream_timeout' }]);
    const watched = watchedBody('web', [FIVE], 'hang');
    await using reading = await startOpened(() => ({ body: watched.body }), 'stream', { timeouts: { idle: 50 } });
    using client = await connectRaw(reading.port);
    client.send(requestBytes());
    await client.closed;
    expect(client.responses()).toMatchObject([{ status: 200, complete: false, body: FIVE }]);
    expect(await reading.recorded(1)).toMatchObject([{ outcome: 'upstream_timeout', bytesSent: 5 }]);
    expect(watched.fate).toEqual(['cancelled']);
  });
});
