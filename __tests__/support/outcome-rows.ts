/** Transfers of every outcome, one line each: for tests that compare what is said of them. */
import { once } from 'node:events';
import { type ClientRequest, get as httpGet, type RequestOptions, request } from 'node:http';
import { PassThrough } from 'node:stream';
import {
  bufferedProvider,
  type LocatedProvider,
  openaiCompatible,
  type Resolution,
  streamProvider,
  type TransferRecord,
} from '../../lib/index';
import type { FakeFile, FakeProvider } from '../../lib/testing/index';
import type { Gateway } from './gateway';

const BODY = Buffer.alloc(300_000, 'content ');
const ETAG = { etag: '"v1"' };

/** A file larger than the buffers of a connection. */
const LARGE: FakeFile = {
  length: 64 * 2 ** 20,
  *content() {
    for (let part = 0; part < 64; part += 1) yield Buffer.alloc(2 ** 20);
  },
};

/** What the fake provider holds. */
export const OUTCOME_FILES: Readonly<Record<string, FakeFile | string | Buffer>> = {
  'file-1': { content: BODY, headers: ETAG },
  'file-small': 'content',
  'file-empty': '',
  'file-large': LARGE,
  'file-huge': { ...LARGE, length: 2 ** 30 },
  'file-chunked': { content: BODY, length: 'chunked' },
  'file-cut': { content: BODY, fault: { kind: 'cut', afterBytes: 100_000, by: 'fin' } },
  'file-cut-chunked': { content: BODY, length: 'chunked', fault: { kind: 'cut', afterBytes: 100_000, by: 'rst' } },
  'file-resumed': { content: BODY, headers: ETAG, fault: { kind: 'cut', afterBytes: 100_000, by: 'fin', times: 1 } },
  'file-silent': { content: BODY, fault: { kind: 'stall' } },
  'file-stalled': { content: BODY, fault: { kind: 'stall', afterBytes: 100_000 } },
  'file-500': { content: BODY, fault: { kind: 'status', status: 500 } },
  'file-429': { content: BODY, fault: { kind: 'status', status: 429, headers: { 'retry-after': '0' } } },
  'file-401': { content: BODY, fault: { kind: 'status', status: 401 } },
  'file-302': { content: BODY, fault: { kind: 'status', status: 302, headers: { location: '/' } } },
};

/** What differs from streaming the file from the provider, by what stands before the id. */
const RESOLUTIONS: Readonly<Record<string, (held: LocatedProvider) => Resolution>> = {
  buffer: (provider) => ({ provider, delivery: 'buffer' }),
  redirect: (held) => ({
    provider: { ...held, name: 'signing', presign: () => ({ url: 'https://files.test/?signature=a' }) },
    delivery: 'redirect',
  }),
  function: () => ({ provider: bufferedProvider({ name: 'function', fetchContent: () => ({ body: BODY }) }) }),
  'open-content': () => ({
    provider: streamProvider({ name: 'opened', openContent: () => new Response(new Uint8Array(BODY)) }),
  }),
  'function-fails': () => ({
    provider: bufferedProvider({ name: 'function', fetchContent: () => Promise.reject(new Error('no')) }),
  }),
  changed: (held) => ({ provider: { ...held, name: 'changing', transform: () => new PassThrough() } }),
  unreachable: () => ({ provider: openaiCompatible({ name: 'away', baseURL: 'http://127.0.0.1:9/v1' }) }),
  'over-limit': (provider) => ({ provider, tenant: 'full' }),
  unchecked: (provider) => ({ provider, tenant: 'unchecked' }),
};

/** What the client saw: the status, and the bytes of the body. */
export interface Seen {
  readonly status?: number | undefined;
  readonly bytes?: number;
}

function send(url: string, options: RequestOptions = {}): Promise<Seen> {
  return new Promise((resolve) => {
    const sent: ClientRequest = request(url, { agent: false, ...options }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('error', () => undefined);
      response.once('close', () => resolve({ status: response.statusCode, bytes }));
    });
    sent.on('error', () => resolve({}));
    sent.end();
  });
}

/** What a row works with. */
export interface OutcomePlace {
  readonly gateway: Gateway;
  readonly fake: FakeProvider;
  /** The URL with a signed token, for the route of content links. */
  readonly link: string;
  /** The address of a file. What stands before a colon says how it is resolved. */
  url(id: string): string;
}

type OutcomeRow = readonly [
  name: string,
  outcome: string,
  run: (place: OutcomePlace) => Promise<Seen>,
  more?: Partial<TransferRecord>,
];

function got(id: string, options?: RequestOptions): OutcomeRow[2] {
  return ({ url }) => send(url(id), options);
}

export const OUTCOME_ROWS: readonly OutcomeRow[] = [
  ['a relayed file', 'completed 200', got('file-1'), { via: 'relay' }],
  ['a small file', 'completed 200', got('file-small'), { via: 'pipeline' }],
  ['an empty file', 'completed 200', got('file-empty')],
  ['a file without a length', 'completed 200', got('file-chunked')],
  ['a changed file', 'completed 200', got('changed:file-1'), { provider: 'changing' }],
  ['a buffered file', 'completed 200', got('buffer:file-1'), { via: 'buffer' }],
  ['a file of a function', 'completed 200', got('function:file-1')],
  ['an opened file', 'completed 200', got('open-content:file-1'), { via: 'function' }],
  ['HEAD', 'completed 200', got('file-1', { method: 'HEAD' })],
  ['HEAD of a buffered file', 'completed 200', got('buffer:file-1', { method: 'HEAD' })],
  ['a range', 'completed 206', got('file-1', { headers: { range: 'bytes=10-19' } }), { bytesSent: 10 }],
  ['a range of a buffered file', 'completed 206', got('buffer:file-1', { headers: { range: 'bytes=10-19' } })],
  ['a file that has not changed', 'completed 304', got('buffer:file-1', { headers: { 'if-none-match': '"v1"' } })],
  ['a redirect', 'handed_over 302', got('redirect:file-1'), { via: 'redirect' }],
  ['a link', 'completed 200', ({ link }) => send(link)],
  ['a resumed file', 'completed 200', got('file-resumed'), { resumes: 1 }],
  ['limits that could not be checked', 'completed 200', got('unchecked:file-1'), { limitsUnchecked: true }],
  ['a range that is beyond the file', 'upstream_error 416', got('file-1', { headers: { range: 'bytes=900000-' } })],
  ['the same of a buffered file', 'rejected 416', got('buffer:file-1', { headers: { range: 'bytes=900000-' } })],
  ['a file that is not there', 'upstream_error 404', got('file-none')],
  ['a provider that fails', 'upstream_error 500', got('file-500')],
  ['a provider that fails, buffered', 'upstream_error 500', got('buffer:file-500')],
  ['a provider that limits', 'upstream_error 429', got('file-429')],
  ['a provider that refuses the key', 'upstream_error 502', got('file-401')],
  ['a provider that redirects', 'upstream_invalid 502', got('file-302')],
  ['a provider that is away', 'upstream_unreachable 502', got('unreachable:file-1')],
  ['a provider that is silent', 'upstream_timeout 504', got('file-silent')],
  ['a body that stalls', 'upstream_timeout 200', got('file-stalled')],
  ['a body that is cut off', 'upstream_truncated 200', got('file-cut'), { bytesSent: 100_000 }],
  ['a body that is cut off, chunked', 'upstream_truncated 200', got('file-cut-chunked')],
  ['a body that is cut off, buffered', 'upstream_truncated 502', got('buffer:file-cut')],
  ['a function that fails', 'upstream_error 502', got('function-fails:file-1')],
  ['a file that is too large', 'too_large 502', got('file-huge')],
  ['an id of one space', 'rejected 400', got('%20')],
  ['another method', 'rejected 405', got('file-1', { method: 'POST' })],
  ['a tenant over its limit', 'rejected 429', got('over-limit:file-1')],
  ['a resolver that fails', 'resolver_failed 500', got('throw:file-1')],
  [
    'a client that leaves before the headers',
    'client_aborted 499',
    async ({ url, fake }) => {
      fake.clear();
      const sent = httpGet(url('file-silent'), { agent: false });
      sent.on('error', () => undefined);
      await fake.requestsReceived(1);
      sent.destroy();
      return {};
    },
  ],
  [
    'a client that leaves in the middle of the body',
    'client_aborted 200',
    async ({ url }) => {
      const sent = httpGet(url('file-large'), { agent: false });
      sent.on('error', () => undefined);
      const [response] = await once(sent, 'response');
      await once(response, 'data');
      sent.destroy();
      return {};
    },
  ],
  [
    'a client that reads nothing',
    'client_stalled 200',
    async ({ url, gateway }) => {
      const record = gateway.nextRecord();
      const sent = httpGet(url('file-large'), { agent: false });
      sent.on('error', () => undefined);
      const [response] = await once(sent, 'response');
      response.pause();
      await record;
      sent.destroy();
      return {};
    },
  ],
];

/** Resolves an id of {@link OutcomePlace.url}. @throws for `throw:` */
export function resolveRow(fileId: string, held: LocatedProvider): Resolution {
  const [id = '', kind] = fileId.split(':').reverse();
  if (kind === 'throw') throw new Error('no');
  return { provider: held, ...(kind !== undefined && RESOLUTIONS[kind]?.(held)), fileId: id };
}
