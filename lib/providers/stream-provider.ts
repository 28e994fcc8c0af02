import type {
  BufferedContent,
  FetchedProvider,
  FetchRequest,
  OpenedContent,
  OpenRequest,
} from '../provider-contract/provider';
import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { readOptions, requireText } from '../values/read-options';

/** Options of {@link streamProvider}. */
export interface StreamProviderOptions {
  /** The name that is written to records. */
  name: string;
  /**
   * Opens the file, for example with an SDK, and returns its body as a stream, or a WHATWG Response. It should obey
   * `request.signal`, and may ignore `request.range`.
   *
   * @throws FileContentError to send the client its status, for example `file_not_found`; any other error is a 502
   * `provider_error`
   */
  openContent(request: OpenRequest): OpenedContent | Response | Promise<OpenedContent | Response>;
}

/**
 * A provider whose content is a stream of a function's: of an SDK, `fetch`, a store, the file system. It is relayed as
 * it arrives, with all that holds for a URL: backpressure, timeouts, one record, a body that never looks complete
 * unless it is, and an end as soon as the client leaves.
 *
 * @example
 * streamProvider({
 *   name: 'uploads',
 *   openContent: ({ fileId, signal }) => fetch(`https://files.internal/${encodeURIComponent(fileId)}`, { signal }),
 * })
 *
 * @throws TypeError for options that cannot work
 */
export function streamProvider(options: StreamProviderOptions): FetchedProvider {
  const given = readOptions('streamProvider', options, { name: true, openContent: true });
  const name = requireText('streamProvider', 'name', given.name);
  const { openContent } = given;
  if (typeof openContent !== 'function') {
    throw invalidOption('streamProvider', 'openContent', 'a function', describeKind(openContent));
  }
  // Called on the caller's object, so that a method may use its own `this`.
  const open = (request: OpenRequest): ReturnType<typeof openContent> => openContent.call(options, request);
  return Object.freeze({
    name,
    streaming: true as const,
    openContent: open,
    fetchContent: async (request: FetchRequest): Promise<BufferedContent> => asBuffered(await open(request)),
  });
}

/** Only for direct calls of `fetchContent`: the router uses `openContent`, also for buffered delivery. */
function asBuffered(opened: OpenedContent | Response): BufferedContent {
  if (!('headers' in opened)) return { ...opened };
  const contentType = opened.headers.get('content-type') ?? undefined;
  return { body: opened.body ?? new Uint8Array(), contentType };
}
