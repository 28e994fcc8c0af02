import { FileContentError, isFileContentError } from '../../errors';
import { type Selection, selectContent } from '../../http/conditions';
import { type HeaderValues, headerText } from '../../http/header-values';
import { headersOf } from '../../http/message-headers';
import { clientHead } from '../../http/response-head';
import type { Settings } from '../../options/options';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { pump } from '../client/pump';
import { presentationOf, writeClientHead } from '../client/write-head';
import { ReadLease } from './read-lease';
import type { Spool } from './spool';

/** A complete and verified file. */
export interface StoredContent {
  /** The provider's status, 2xx. */
  readonly status: number;
  /** The provider's response headers, names in lower case. */
  readonly headers: HeaderValues;
  /** In bytes. Undefined if a HEAD response declared no length, or the status has no body. */
  readonly size: number | undefined;
  /** Absent if only the head is needed. */
  readonly spool: Spool | undefined;
  /** `unknown` if only the closing of the provider's connection marked the end. */
  readonly certainty: 'yes' | 'unknown';
  /** The headers that the provider and the resolution add to a success, names in lower case. */
  readonly added: Readonly<Record<string, string>>;
}

/**
 * Selects the part of the file that the client requested. Conditions and ranges apply only to a 200; other successes
 * are sent whole. The validators are those that the client gets.
 *
 * @throws FileContentError 412 or 416, recorded with the outcome `rejected`
 */
export function selectFor(
  transfer: Transfer,
  { status, headers, added, size }: Pick<StoredContent, 'status' | 'headers' | 'added' | 'size'>,
): Selection | undefined {
  if (status !== 200) return undefined;
  const etag = headerText(added, 'etag') ?? headerText(headers, 'etag');
  const lastModified = headerText(added, 'last-modified') ?? headerText(headers, 'last-modified');
  try {
    return selectContent(transfer.method, headersOf(transfer.req), { size, etag, lastModified });
  } catch (error) {
    if (isFileContentError(error)) transfer.fail(error, 'rejected');
    throw error;
  }
}

/**
 * Sends a stored file to the client. Nothing of the response was written before.
 *
 * @throws FileContentError, or the reason of the transfer's abort
 */
export async function sendStored(
  transfer: Transfer,
  content: StoredContent,
  {
    settings,
    watchdog,
    via,
  }: { readonly settings: Settings; readonly watchdog: Watchdog<Phase>; readonly via: 'function' | 'buffer' },
): Promise<void> {
  const { res, req } = transfer;
  const { size, spool } = content;
  const selection = selectFor(transfer, content);
  transfer.deliveredBy(via);
  const status = selection?.status ?? content.status;
  const part = selection?.status === 206 ? selection : undefined;
  const length = part ? part.end - part.start : size;
  const isBodiless = req.method === 'HEAD' || status === 304 || spool === undefined;
  const upstream: HeaderValues = {
    ...content.headers,
    'accept-ranges': selection === undefined ? undefined : 'bytes',
    'content-range': part && `bytes ${part.start}-${part.end - 1}/${size}`,
  };
  const head = { status, isBodiless, contentLength: length };
  const headers = clientHead(head, upstream, {
    allowed: settings.responseHeaders,
    added: content.added,
    isTransformed: false,
    ...presentationOf(transfer, settings),
  });
  const writeHead = (): void => {
    writeClientHead(transfer, settings, status, headers);
  };
  if (!isBodiless) {
    transfer.expects(length);
    const lease = new ReadLease(res);
    const source = spool.read(part?.start, part?.end, lease.buffers);
    try {
      await pump(source, res, {
        transfer,
        watchdog,
        // The size was checked when the file was stored.
        maxBytes: Infinity,
        writeHead,
        onTooLarge: () => new Error('unreachable'),
        onWritten: (chunk) => lease.release(chunk),
      });
    } finally {
      source.destroy();
      transfer.onSettled(() => lease.end());
    }
    if (transfer.bytesWritten !== length) {
      throw new FileContentError('internal_error', 'The buffered content has another length than it should.');
    }
  }
  if (!res.headersSent) writeHead();
  transfer.delivered(isBodiless ? 'yes' : content.certainty);
  watchdog.enter('clientIdle');
  res.end();
}
