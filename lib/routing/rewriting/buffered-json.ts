import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The body of a response that was held back. Nothing of it has been written. */
export interface HeldBody {
  /** Undefined if it is larger than the limit. */
  readonly bytes: Buffer | undefined;
  /** Writes the response with another body, and with the headers that are set by then. */
  readonly send: (body: Buffer) => void;
}

const JSON_TYPE = /^application\/(?:[\w.-]{1,100}\+)?json(?:[ ;]|$)/i;
/** Headers that describe the bytes of a body, which are going to change. */
const OF_THE_BYTES = [
  'accept-ranges',
  'content-digest',
  'content-length',
  'content-md5',
  'digest',
  'etag',
  'repr-digest',
  'transfer-encoding',
];

/** Tells whether the response is a file, which passes unchanged whatever its type. */
function isContent(req: IncomingMessage, res: ServerResponse): boolean {
  return /\/content\/?(?:\?|$)/.test(req.url ?? '') || res.hasHeader('content-disposition');
}

/** Removes the headers that describe the original bytes of a response. */
export function withoutDescription(res: ServerResponse): void {
  for (const name of OF_THE_BYTES) res.removeHeader(name);
}

/**
 * Holds back the body of a response if it is JSON, and calls `onHeld` with all of it. Every other response passes. From
 * a JSON response to HEAD, only the headers that describe the bytes are removed.
 */
export function holdJSON(
  req: IncomingMessage,
  res: ServerResponse,
  maxBytes: number,
  onHeld: (body: HeldBody) => void,
): void {
  const own = { write: res.write, end: res.end, writeHead: res.writeHead, flushHeaders: res.flushHeaders };
  let state: 'undecided' | 'held' | 'passing' | 'over' = 'undecided';
  let chunks: Buffer[] = [];
  let size = 0;

  function isHeld(): boolean {
    if (state === 'undecided') {
      const isJSON = JSON_TYPE.test(String(res.getHeader('content-type') ?? '')) && !isContent(req, res);
      const hasBody = req.method !== 'HEAD' && res.statusCode !== 204 && res.statusCode !== 304;
      if (isJSON && !hasBody) withoutDescription(res);
      state = isJSON && hasBody ? 'held' : 'passing';
    }
    return state !== 'passing';
  }

  function take(chunk: unknown, encoding: unknown): void {
    if (state !== 'held' || chunk === undefined || chunk === null || typeof chunk === 'function') return;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > maxBytes) chunks = [];
    else chunks.push(bytes);
  }

  function send(body: Buffer): void {
    state = 'passing';
    res.removeHeader('transfer-encoding');
    res.setHeader('content-length', body.length);
    Reflect.apply(own.end, res, [body]);
  }

  Reflect.set(res, 'writeHead', function writeHead(status: number, ...rest: unknown[]): ServerResponse {
    if (state === 'passing') return Reflect.apply(own.writeHead, res, [status, ...rest]);
    res.statusCode = status;
    if (typeof rest[0] === 'string') res.statusMessage = rest[0];
    for (const [name, value] of headersIn(rest.at(-1))) res.setHeader(name, value);
    return isHeld() ? res : Reflect.apply(own.writeHead, res, [status]);
  });
  Reflect.set(res, 'flushHeaders', function flushHeaders(): void {
    if (!isHeld()) Reflect.apply(own.flushHeaders, res, []);
  });
  Reflect.set(res, 'write', function write(...args: unknown[]): boolean {
    if (!isHeld()) return Reflect.apply(own.write, res, args);
    take(args[0], args[1]);
    callBack(args);
    return true;
  });
  Reflect.set(res, 'end', function end(...args: unknown[]): ServerResponse {
    if (!isHeld()) return Reflect.apply(own.end, res, args);
    if (state === 'over') return res;
    take(args[0], args[1]);
    state = 'over';
    callBack(args);
    onHeld({ bytes: size > maxBytes ? undefined : Buffer.concat(chunks), send });
    return res;
  });
}

/** Returns the headers given to `writeHead`: an object, or an array that alternates names and values. */
function headersIn(given: unknown): [string, OutgoingHttpHeader][] {
  if (typeof given !== 'object' || given === null) return [];
  if (!Array.isArray(given)) {
    const headers: OutgoingHttpHeaders = { ...given };
    return Object.entries(headers).filter((entry): entry is [string, OutgoingHttpHeader] => entry[1] !== undefined);
  }
  const flat: unknown[] = given.flat();
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[String(name), String(flat[index + 1])]] : []));
}

function callBack(args: readonly unknown[]): void {
  const last = args.at(-1);
  if (typeof last === 'function') process.nextTick(() => Reflect.apply(last, undefined, []));
}

/** Returns the content coding of a response in lower case. Defaults to `identity`. */
export function codingOf(res: ServerResponse): string {
  return String(res.getHeader('content-encoding') ?? 'identity').toLowerCase();
}
