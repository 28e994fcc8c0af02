import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { FileContentError, failedToServe } from '../../errors';
import { clearContentHeaders } from '../../http/response-headers';
import { isTurnOver, waitForTurn } from '../../transfer/event-loop/fair-turns';
import { notices } from '../../transfer/observers/notices';
import { asFileContentError } from '../../transfer/thrown-error';
import { describeKind, describeValue } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { optionalFlag, readOptions } from '../../values/read-options';
import { codingOf, type HeldBody, holdJSON, withoutDescription } from './buffered-json';
import { type FoundFileId, findFileIds } from './find-file-ids';
import { replaceIds } from './rewrite-file-ids';

/** Options of {@link fileIdRewriter}. */
export interface FileIdRewriterOptions<Req extends IncomingMessage = IncomingMessage> {
  /**
   * Returns the id that the client gets for a provider's id. `undefined` leaves it as it is.
   *
   * @throws FileContentError to send the client its status; any other error is a 500 `internal_error`
   */
  encode(id: string, found: FoundFileId, req: Req): string | undefined | Promise<string | undefined>;
  /** Whether the `id` of batches is replaced as well. Defaults to `false`: ids of files alone. */
  batches?: boolean | undefined;
  /** The largest response that is rewritten, in bytes; a larger one is a 502. Defaults to `16_777_216` (16 MiB). */
  maxBytes?: number | undefined;
}

const FACTORY = 'fileIdRewriter';
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Makes a middleware that replaces the file ids in the JSON responses of later middleware, such as a proxy for the
 * routes of files and batches. Other responses, including downloads and event streams, pass unchanged.
 *
 * @throws TypeError for options that cannot work
 *
 * @example
 * app.use('/v1', fileIdRewriter({ encode: (fileId) => fileIds.encode({ provider: 'openai', fileId }) }), proxy);
 *
 */
export function fileIdRewriter<Req extends IncomingMessage = IncomingMessage>(
  options: FileIdRewriterOptions<Req>,
): (req: Req, res: ServerResponse, next: (error?: unknown) => void) => void {
  const given = readOptions(FACTORY, options, { encode: true, batches: true, maxBytes: true });
  if (typeof given.encode !== 'function') {
    throw invalidOption(FACTORY, 'encode', 'a function', describeKind(given.encode));
  }
  const batches = optionalFlag(FACTORY, 'batches', given.batches) ?? false;
  const { maxBytes = MAX_BYTES } = given;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw invalidOption(FACTORY, 'maxBytes', 'a positive integer', describeValue(maxBytes));
  }

  async function rewrite(text: string, req: Req): Promise<string> {
    const spans = findFileIds(text, batches);
    const ids: unknown[] = [];
    for (const { id, member, object } of spans) {
      // A list may hold ten thousand files, and each id is encrypted.
      if (isTurnOver()) await new Promise<void>(waitForTurn);
      // Called on the caller's object, so that a method may use its own `this`.
      ids.push(await options.encode(id, { member, ...(object !== undefined && { object }) }, req));
    }
    return replaceIds(text, spans, ids);
  }

  async function rewritten(req: Req, res: ServerResponse, { bytes }: HeldBody): Promise<Buffer> {
    if (bytes === undefined) {
      throw new FileContentError('too_large', `The provider's answer is larger than ${maxBytes} bytes.`);
    }
    const text = await textOf(bytes, codingOf(res), maxBytes);
    if (text === undefined) {
      // An error page of a proxy, or an empty body, passes. A success that is not JSON may contain ids.
      if (res.statusCode >= 400 || bytes.length === 0) return bytes;
      throw new FileContentError('provider_invalid_response', "The provider's answer is not JSON.");
    }
    const body = Buffer.from(await rewrite(text, req));
    withoutDescription(res);
    res.removeHeader('content-encoding');
    return body;
  }

  async function answer(req: Req, res: ServerResponse, held: HeldBody): Promise<void> {
    try {
      held.send(await rewritten(req, res, held));
    } catch (thrown) {
      const error = asFileContentError(thrown) ?? failedToServe(thrown);
      if (error.code === 'internal_error') notices.write('failure', `${FACTORY}: ${String(thrown)}`);
      held.send(errorBody(res, error));
    }
  }

  return function rewriteIds(req, res, next): void {
    holdJSON(req, res, maxBytes, (body) => void answer(req, res, body));
    next();
  };
}

function errorBody(res: ServerResponse, error: FileContentError): Buffer {
  clearContentHeaders(res);
  withoutDescription(res);
  res.statusCode = error.status;
  res.statusMessage = '';
  for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
  res.setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('cache-control', 'no-store');
  return Buffer.from(JSON.stringify(error.toResponseBody()));
}

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['identity', (bytes) => Promise.resolve(bytes)],
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/** Returns the JSON text of a body, or undefined if it is not JSON. */
async function textOf(bytes: Buffer, coding: string, maxBytes: number): Promise<string | undefined> {
  try {
    const decoded = await DECODERS.get(coding)?.(bytes, { maxOutputLength: maxBytes });
    const text = new TextDecoder('utf-8', { fatal: true }).decode(decoded);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
