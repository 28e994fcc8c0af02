/** A store with ranges and strong ETags whose connections break, and which may lie about the rest. */
import type { RawExchange, RawScript } from './raw-provider';

/** What a request for the rest of a file gets instead of it. */
export type Lie =
  | 'other etag'
  | 'no etag'
  | 'weak etag'
  | 'whole file'
  | 'other start'
  | 'other end'
  | 'other total'
  | 'no total'
  | 'coded'
  | 'shifted bytes'
  | 'refusal'
  | 'not found'
  | 'changed file';

export const LIES: readonly Lie[] = [
  'other etag',
  'no etag',
  'weak etag',
  'whole file',
  'other start',
  'other end',
  'other total',
  'no total',
  'coded',
  'shifted bytes',
  'refusal',
  'not found',
  'changed file',
];

type Break = 'fin' | 'rst' | 'stall';

export interface BreakingFile {
  readonly content: Buffer;
  /** Bytes of the body after which each response breaks off; the responses after them are whole. */
  readonly cuts: readonly number[];
  /** How a body breaks off: an ordinary end, a reset, which takes bytes with it, or silence. Defaults to `fin`. */
  readonly how?: Break | readonly Break[];
  /** The ETag of the file. Defaults to `"v1"`; none with null. */
  readonly etag?: string | null;
  /** Further headers of the first response; `Accept-Ranges: bytes` by default. */
  readonly headers?: readonly string[];
  /** Whether bodies are chunked; with `rests`, only those after the first. Defaults to false. */
  readonly isChunked?: boolean | 'rests';
  /** What the second response is. Defaults to the truth. */
  readonly lie?: Lie | undefined;
}

/** Headers and body of a response, all of which may be wrong. */
interface Part {
  statusLine: string;
  first: number;
  last: number;
  total: string;
  etag: string | null;
  headers: string[];
  body: Buffer;
}

function tellLie(lie: Lie | undefined, part: Part, content: Buffer): Part {
  const { first, last } = part;
  const moved = (by: number): Buffer => content.subarray(Math.max(0, first + by), last + 1);
  switch (lie) {
    case 'other etag':
      return { ...part, etag: '"v2"' };
    case 'no etag':
      return { ...part, etag: null };
    case 'weak etag':
      return { ...part, etag: `W/${part.etag}` };
    case 'whole file':
      return { ...part, statusLine: '200 OK', body: content };
    case 'other start':
      return { ...part, first: first - 1, body: moved(-1) };
    case 'other end':
      return { ...part, last: last - 1, body: content.subarray(first, last) };
    case 'other total':
      return { ...part, total: String(content.length + 1) };
    case 'no total':
      return { ...part, total: '*' };
    case 'coded':
      return { ...part, headers: ['Content-Encoding: gzip'] };
    case 'shifted bytes':
      return { ...part, body: Buffer.concat([moved(1), Buffer.from('!')]) };
    case 'refusal':
      return { ...part, statusLine: '503 Slow Down', body: Buffer.from('{}') };
    case 'not found':
      return { ...part, statusLine: '404 Not Found', body: Buffer.from('{}') };
    case 'changed file':
      return { ...part, statusLine: '200 OK', etag: '"v2"', body: Buffer.from('something else') };
    case undefined:
      return part;
  }
}

const CHUNK = 10_000;

/** The beginning of a chunked body of `whole` bytes; its last chunk breaks off where the beginning does. */
function chunked(beginning: Buffer, whole: number): Buffer {
  const pieces: (Buffer | string)[] = [];
  for (let at = 0; at < beginning.length; at += CHUNK) {
    const size = Math.min(CHUNK, whole - at);
    const bytes = beginning.subarray(at, at + size);
    pieces.push(`${size.toString(16)}\r\n`, bytes, bytes.length === size ? '\r\n' : '');
  }
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}

/** Serves one file, whole or a part; what breaks is counted over all requests. */
export function breakingFile(file: BreakingFile): RawScript {
  const {
    content,
    cuts,
    how = 'fin',
    etag = '"v1"',
    headers = ['Accept-Ranges: bytes'],
    isChunked: areChunked = false,
    lie,
  } = file;
  return async ({ send, fin, rst, head, index }: RawExchange) => {
    const isChunked = areChunked === 'rests' ? index > 0 : areChunked;
    const range = /^range: bytes=(\d+)-(\d*)\r$/im.exec(head);
    const first = range === null ? 0 : Number(range[1]);
    const last = range?.[2] ? Math.min(Number(range[2]), content.length - 1) : content.length - 1;
    const truth: Part = {
      statusLine: range === null ? '200 OK' : '206 Partial Content',
      first,
      last,
      total: String(content.length),
      etag,
      headers: [...headers],
      body: content.subarray(first, last + 1),
    };
    const part = index === 1 ? tellLie(lie, truth, content) : truth;
    const lines = [
      `HTTP/1.1 ${part.statusLine}`,
      isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${part.body.length}`,
      ...(part.etag === null ? [] : [`ETag: ${part.etag}`]),
      ...(part.statusLine.startsWith('206') ? [`Content-Range: bytes ${part.first}-${part.last}/${part.total}`] : []),
      ...part.headers,
    ];
    await send(`${lines.join('\r\n')}\r\n\r\n`);
    const cut = cuts[index];
    const body = cut === undefined ? part.body : part.body.subarray(0, cut);
    await send(isChunked ? chunked(body, part.body.length) : body);
    if (isChunked && cut === undefined) await send('0\r\n\r\n');
    const end = typeof how === 'string' ? how : how[index];
    if (cut === undefined || end === 'stall') return;
    if (end === 'fin') fin();
    else rst();
  };
}
