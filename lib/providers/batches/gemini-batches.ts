import { fileNotFound } from '../../errors';
import type { LocatedProvider, LocateRequest, UpstreamRequest } from '../../provider-contract/provider';
import type { Exchange } from '../../upstream/exchange';
import { invalidAnswer } from '../json-hop';
import { type PathProviderDefinition, pathProvider } from '../path-provider';
import { JSONList } from './json-list';
import { openLocated } from './located-hop';
import { chunksOf, JSONL, type OpenedRows, RowStream, type RowsProvider, type RowsRequest } from './opened-rows';

/** The path to a batch's results if they are not in a file (https://ai.google.dev/api/batch-api). */
const INLINED = ['metadata', 'output', 'inlinedResponses', 'inlinedResponses'];
const FILE = 'responsesFile';
const NAME = /^batches\/(.+)$/;

/**
 * Adds the results of batches to the provider of Gemini's files. A batch either names the file of its results, which is
 * then downloaded like any other, or contains them.
 */
export function withGeminiBatches(files: LocatedProvider, definition: PathProviderDefinition): RowsProvider {
  const { fixedQuery: _media, redirects: _redirects, ...rest } = definition;
  const batches = pathProvider({
    ...rest,
    // Batches exist only in this version of the API, unless a base URL names another.
    base: { ...definition.base, path: definition.base.path.replace(/\/v1$/, '/v1beta') },
    paths: { batches: 'batches/{fileId}' },
    bareId: (fileId) => NAME.exec(fileId)?.[1] ?? fileId,
  });
  /** The file of results, between reading the batch and locating the file. */
  const found = new WeakMap<AbortSignal, string>();

  function isBatch({ resource, fileId }: Pick<RowsRequest, 'resource' | 'fileId'>): boolean {
    return resource === 'batches' || (resource === 'files' && NAME.test(fileId));
  }

  /** Reads a batch up to its first result, or to its end. */
  async function begin(request: RowsRequest): Promise<Begun> {
    const document = await openLocated(batches, { ...request, resource: 'batches' });
    try {
      const list = new JSONList({ path: INLINED, texts: [FILE] });
      const chunks = chunksOf(document);
      for (;;) {
        const { done, value } = await chunks.next();
        if (done === true) break;
        const lines = list.add(value);
        if (list.hasList) return { document, list, chunks, lines };
      }
      if (!list.isComplete) throw invalidAnswer(batches.name);
      const file = list.text(FILE);
      if (file !== undefined) found.set(request.signal, file);
      document.close();
      return { document: undefined, file };
    } catch (error) {
      document.close();
      throw error;
    }
  }

  async function open(request: RowsRequest): Promise<OpenedRows | undefined> {
    const begun = await begin(request);
    if (begun.document === undefined) {
      if (begun.file !== undefined) return undefined;
      throw fileNotFound({ provider: files.name, cause: new Error('The batch has no results, or not yet.') });
    }
    const { document, list, chunks, lines } = begun;
    async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
      if (lines.length > 0) yield lines;
      for await (const chunk of chunks) {
        const more = list.add(chunk);
        if (more.length > 0) yield more;
      }
      if (!list.isComplete) throw invalidAnswer(batches.name);
    }
    return { body: new RowStream(document, request.signal, read), contentType: JSONL };
  }

  async function locate(request: LocateRequest): Promise<UpstreamRequest> {
    if (!isBatch(request)) return await files.locate(request);
    let file = found.get(request.signal);
    if (file === undefined) {
      const begun = await begin(request);
      begun.document?.close();
      file = begun.file;
    }
    if (file === undefined) throw fileNotFound({ provider: files.name });
    return await files.locate({ ...request, resource: 'files', fileId: file });
  }

  return Object.freeze({
    ...files,
    locate,
    openContent: (request: RowsRequest) => (isBatch(request) ? open(request) : undefined),
  });
}

type Begun =
  | {
      readonly document: Exchange;
      readonly list: JSONList;
      readonly chunks: AsyncGenerator<Buffer, void, undefined>;
      readonly lines: Buffer;
      readonly file?: undefined;
    }
  | { readonly document: undefined; readonly file: string | undefined };
