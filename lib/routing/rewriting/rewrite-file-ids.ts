import { describeKind } from '../../values/describe-value';
import { invalidOption, invalidResult } from '../../values/mistakes';
import { optionalFlag, readOptions } from '../../values/read-options';
import { type FileIdSpan, type FoundFileId, findFileIds } from './find-file-ids';

/** Returns the id that replaces a file's id. `undefined` leaves it as it is. */
export type EncodeFileId = (id: string, found: FoundFileId) => string | undefined;

/** Options of {@link rewriteFileIds}. */
export interface RewriteFileIdsOptions {
  /** Whether the `id` of batches is replaced as well. Defaults to `false`: ids of files alone. */
  batches?: boolean | undefined;
}

/**
 * Replaces every file id in a response of a Files, Batches, Uploads, Containers or Vector Stores API, so that clients
 * see the gateway's own ids. Every other byte of a JSON text stays as it is, including numbers and the order of
 * members. With `decode` in place of `encode` it does the reverse for a request's body.
 *
 * @param json the text of the response, or the parsed response, which is not changed
 *
 * @throws SyntaxError if a text is not JSON; TypeError if `encode` returns anything but a string or undefined
 *
 * @example
 * const file = await client.files.create({ purpose: 'batch', file: upload });
 * res.json(rewriteFileIds(file, (fileId) => fileIds.encode({ provider: 'openai', fileId, tenant })));
 */
export function rewriteFileIds(json: string, encode: EncodeFileId, options?: RewriteFileIdsOptions): string;
/** Replaces the file ids in a copy of a parsed response. */
export function rewriteFileIds<T>(json: T, encode: EncodeFileId, options?: RewriteFileIdsOptions): T;
export function rewriteFileIds(json: unknown, encode: EncodeFileId, options: RewriteFileIdsOptions = {}): unknown {
  if (typeof encode !== 'function') {
    throw invalidOption('rewriteFileIds', 'encode', 'a function', describeKind(encode));
  }
  const given = readOptions('rewriteFileIds', options, { batches: true });
  const batches = optionalFlag('rewriteFileIds', 'batches', given.batches) ?? false;
  if (typeof json === 'string') return rewriteText(json, encode, batches);
  const text: string | undefined = JSON.stringify(json);
  if (text === undefined) {
    throw invalidOption('rewriteFileIds', 'json', 'a JSON text or parsed JSON', describeKind(json));
  }
  return JSON.parse(rewriteText(text, encode, batches));
}

function rewriteText(text: string, encode: EncodeFileId, batches: boolean): string {
  JSON.parse(text);
  const spans = findFileIds(text, batches);
  return replaceIds(
    text,
    spans,
    spans.map(({ id, member, object }) => encode(id, { member, ...(object !== undefined && { object }) })),
  );
}

/**
 * Replaces the ids that were found. `undefined` leaves an id as it is.
 *
 * @throws TypeError if a new id is neither a string nor undefined
 */
export function replaceIds(text: string, spans: readonly FileIdSpan[], ids: readonly unknown[]): string {
  const parts: string[] = [];
  let end = 0;
  spans.forEach((span, index) => {
    const id = ids[index];
    if (id === undefined) return;
    if (typeof id !== 'string') {
      throw invalidResult('rewriteFileIds: encode()', 'a string or undefined', describeKind(id));
    }
    parts.push(text.slice(end, span.start), JSON.stringify(id));
    end = span.end;
  });
  return parts.join('') + text.slice(end);
}
