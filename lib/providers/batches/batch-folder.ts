import { FileContentError } from '../../errors';
import { headersOf } from '../../http/message-headers';
import type {
  LocatedProvider,
  LocateRequest,
  PresignedURL,
  PresignRequest,
  UpstreamRequest,
} from '../../provider-contract/provider';
import type { Exchange } from '../../upstream/exchange';
import { ownMember } from '../../values/own-members';
import type { ObjectReference } from '../object-reference';
import { lengthOf } from './folder-length';
import { findOutputs, type ListFolder, type StoredObject } from './folder-outputs';
import { openLocated } from './located-hop';
import { chunksOf, JSONL, type OpenedRows, RowStream, type RowsProvider, type RowsRequest } from './opened-rows';

/** A store in which folders can be listed. */
export interface FolderStore {
  /** The provider of the store's objects. */
  readonly files: LocatedProvider;
  /** Returns the object that an id names. @throws FileContentError */
  readonly objectOf: (fileId: string) => ObjectReference;
  /** Returns the id of an object, such as `s3://bucket/key`. */
  readonly idOf: (object: ObjectReference) => string;
  readonly list: ListFolder;
}

const LINE_FEED = 0x0a;

/**
 * Adds folders with the outputs of batch jobs to a provider. An id that ends with a slash, or any id of the resource
 * `batches`, is a folder. Its outputs are listed and joined into one file; a single output is located like any other
 * file.
 */
export function withBatchFolders({ files, objectOf, idOf, list }: FolderStore): RowsProvider {
  /** The single output of a folder, between listing and locating it. */
  const found = new WeakMap<AbortSignal, string>();

  function isFolder({ resource, fileId }: Pick<RowsRequest, 'resource' | 'fileId'>): boolean {
    return resource === 'batches' || (resource === 'files' && fileId.endsWith('/'));
  }

  async function outputsOf(request: RowsRequest): Promise<{ bucket: string; outputs: readonly StoredObject[] }> {
    const folder = objectOf(request.fileId.endsWith('/') ? request.fileId : `${request.fileId}/`);
    return { bucket: folder.bucket, outputs: await findOutputs(list(folder, request), folder, files.name) };
  }

  async function open(request: RowsRequest): Promise<OpenedRows | undefined> {
    const { bucket, outputs } = await outputsOf(request);
    const ids = outputs.map(({ key }) => idOf({ bucket, key }));
    const [only = '', ...others] = ids;
    if (others.length === 0) {
      found.set(request.signal, only);
      return undefined;
    }
    const openOutput = (fileId: string): Promise<Exchange> =>
      openLocated(files, { ...request, resource: 'files', fileId });
    async function* read(
      first: Exchange,
      use: (exchange: Exchange) => Exchange,
    ): AsyncGenerator<Uint8Array, void, undefined> {
      for (const [index, { size }] of outputs.entries()) {
        const exchange = index === 0 ? first : use(await openOutput(ids[index] ?? ''));
        requireSize(exchange, size, files.name);
        let last: number | undefined = LINE_FEED;
        let length = 0;
        for await (const chunk of chunksOf(exchange)) {
          length += chunk.length;
          last = chunk.at(-1) ?? last;
          yield chunk;
        }
        if (length !== size) throw changed(files.name, `${length} of ${size} bytes arrived`);
        // Otherwise the next output's first row would continue this one's last row.
        if (last !== LINE_FEED && index < outputs.length - 1) yield Buffer.of(LINE_FEED);
      }
    }
    const contentLength = await lengthOf(outputs, (index, headers) =>
      openLocated(files, { ...request, resource: 'files', fileId: ids[index] ?? '' }, { query: {}, headers }),
    );
    const first = await openOutput(only);
    const body = new RowStream(first, request.signal, (use) => read(first, use));
    return { body, contentType: JSONL, ...(contentLength !== undefined && { contentLength }) };
  }

  /** The id of the only output. Undefined if there are several. */
  async function onlyOutput(request: RowsRequest): Promise<string | undefined> {
    const { bucket, outputs } = await outputsOf(request);
    const [only, second] = outputs;
    return only === undefined || second !== undefined ? undefined : idOf({ bucket, key: only.key });
  }

  async function locate(request: LocateRequest): Promise<UpstreamRequest> {
    if (!isFolder(request)) return await files.locate(request);
    const fileId = found.get(request.signal) ?? (await onlyOutput(request));
    if (fileId === undefined) throw changed(files.name, 'the folder has more than one output');
    return await files.locate({ ...request, resource: 'files', fileId });
  }

  const { presign } = files;
  async function signed(sign: NonNullable<typeof presign>, request: PresignRequest): Promise<PresignedURL> {
    if (!isFolder(request)) return await sign(request);
    const fileId = await onlyOutput(request);
    if (fileId === undefined) throw notOneFile(files.name);
    return await sign({ ...request, resource: 'files', fileId });
  }

  return Object.freeze({
    ...files,
    locate,
    ...(presign && { presign: (request: PresignRequest) => signed(presign, request) }),
    openContent: (request: RowsRequest) => (isFolder(request) ? open(request) : undefined),
  });
}

/** Requires the length from the listing: another length means another version of the object. */
function requireSize({ response }: Exchange, size: number, provider: string): void {
  const declared = ownMember(headersOf(response), 'content-length');
  if (declared !== undefined && Number(declared) !== size) {
    throw changed(provider, `an object of ${size} bytes has ${String(declared)} now`);
  }
}

/** A URL is for one object. */
function notOneFile(provider: string): FileContentError {
  const message = 'The gateway cannot redirect to this file: it is stored in several parts.';
  const remedy = 'The folder has more than one output; leave "delivery" out or write \'stream\'.';
  return new FileContentError('resolver_failed', message, { provider, cause: new TypeError(remedy) });
}

function changed(provider: string, what: string): FileContentError {
  return new FileContentError('provider_invalid_response', 'The output of the batch changed while it was read.', {
    provider,
    cause: new Error(what),
  });
}
