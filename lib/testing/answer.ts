import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import parseRange from 'range-parser';
import { resetConnection } from '../delivery/client/abort-response';
import { create as contentDisposition } from '../http/content-disposition';
import type { FakeFault } from './fake-fault';
import { bodyOf, type FilePart, type PreparedFile, pieces } from './fake-file';

/** The headers that OpenAI sends with every response. */
function providerHeaders(): OutgoingHttpHeaders {
  return {
    'openai-organization': 'org-fake',
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'x-request-id': `req_${randomUUID().replaceAll('-', '')}`,
  };
}

/** Sends an error in OpenAI's shape. */
export function answerError(
  res: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  const body = JSON.stringify({ error: { message, type, param: null, code: null } });
  res.writeHead(status, {
    ...providerHeaders(),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  res.end(body);
}

export async function answerContent(
  req: IncomingMessage,
  res: ServerResponse,
  file: PreparedFile,
  fault: FakeFault | undefined,
): Promise<void> {
  if (fault?.kind === 'status') {
    const { status, message = 'The server had an error while processing your request.', headers } = fault;
    answerError(res, status, message, headers);
    return;
  }
  // No response is sent until either side closes the connection.
  if (fault?.kind === 'stall' && fault.afterBytes === undefined) return;
  const body = writeHead(req, res, file);
  if (body === undefined) return;
  const limit = fault?.afterBytes ?? Number.POSITIVE_INFINITY;
  await send(res, pieces(body, limit));
  if (fault?.kind === 'cut') await cut(res, fault.by);
  else if (fault === undefined) res.end();
}

/** Plain names are quoted, as OpenAI sends them; others are encoded as in RFC 6266. */
function attachment(filename: string): string {
  return /^[\w.-]+$/.test(filename) ? `attachment; filename="${filename}"` : contentDisposition(filename);
}

/** Writes the head and returns the body to send, or undefined if there is none. */
function writeHead(
  req: IncomingMessage,
  res: ServerResponse,
  file: PreparedFile,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> | undefined {
  const { rangeLength, declaredLength, contentType = 'application/octet-stream', filename } = file;
  const headers: OutgoingHttpHeaders = {
    ...providerHeaders(),
    'content-type': contentType,
    ...(filename !== undefined && { 'content-disposition': attachment(filename) }),
    ...(rangeLength !== undefined && { 'accept-ranges': 'bytes' }),
    ...file.headers,
  };
  const range = rangeLength === undefined ? undefined : requestedRange(req, rangeLength, file);
  if (range === 'unsatisfiable') {
    answerError(res, 416, 'The requested range is not satisfiable.', { 'content-range': `bytes */${rangeLength}` });
    return undefined;
  }
  const length = range ? range.end - range.start + 1 : declaredLength;
  if (length !== undefined) headers['content-length'] = length;
  if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${rangeLength}`;
  res.writeHead(range ? 206 : 200, headers);
  if (req.method === 'HEAD') {
    res.end();
    return undefined;
  }
  return bodyOf(file, range);
}

/** Tells whether `If-Range` names the current file. Only a strong entity tag can match (RFC 9110, section 13.1.5). */
function isUnchanged(condition: string, { headers = {} }: PreparedFile): boolean {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'etag');
  return name !== undefined && condition.startsWith('"') && headers[name] === condition;
}

/**
 * Returns a single range, if `If-Range` is absent or has the file's entity tag. Any other Range gets the whole file.
 */
function requestedRange(
  req: IncomingMessage,
  size: number,
  file: PreparedFile,
): FilePart | 'unsatisfiable' | undefined {
  const { range, 'if-range': condition } = req.headers;
  if (range === undefined || (typeof condition === 'string' && !isUnchanged(condition, file))) return undefined;
  const parsed = parseRange(size, range);
  if (parsed === -1) return 'unsatisfiable';
  return parsed === -2 || parsed.type !== 'bytes' || parsed.length !== 1 ? undefined : parsed[0];
}

async function send(res: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  // An empty write sends the head, which otherwise waits for the first byte of the body.
  res.write(Buffer.alloc(0));
  for await (const piece of body) {
    if (gone.signal.aborted) return;
    if (!res.write(piece)) await once(res, 'drain', { signal: gone.signal });
  }
}

/** Ends the connection once the written bytes have been handed to the operating system. */
async function cut(res: ServerResponse, by: 'fin' | 'rst'): Promise<void> {
  const { socket } = res;
  if (socket === null) return;
  if (by === 'fin') {
    // The peer may never close its side; then the fake provider's `close()` ends the connection.
    socket.end();
    return;
  }
  await new Promise<void>((resolve) => {
    socket.write(Buffer.alloc(0), () => resolve());
  });
  resetConnection(socket);
}
