import { failedToServe } from '../../errors';
import { acceptHead, clientHead } from '../../http/response-head';
import { isFetchedProvider } from '../../provider-contract/provider';
import { asGatewayFailure } from '../../transfer/gateway-failure';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import { asFileContentError } from '../../transfer/thrown-error';
import type { Transfer } from '../../transfer/transfer';
import { headersFromProvider } from '../../upstream/provider-hooks';
import { afterHead, tooLarge } from '../../upstream/upstream-error';
import { selectFor } from '../buffered/send-stored';
import { pump } from '../client/pump';
import { framing, presentationOf, writeClientHead } from '../client/write-head';
import { moveOpened } from './move-opened';
import { type Opened, type OpenOptions, openContent } from './open-content';
import { OpenedBody } from './opened-body';

type Options = Omit<OpenOptions, 'method' | 'isWhole'>;

/**
 * Delivers a file that the provider's function opens, as it arrives. The head is written with the first byte, so that
 * the client still gets an error response if the source fails earlier.
 *
 * @returns false if the provider leaves this file to its `locate`
 * @throws FileContentError, or the transfer's abort reason
 */
export async function deliverOpened(options: Options): Promise<boolean> {
  const { transfer } = options;
  const opened = await openContent({ ...options, method: transfer.method, isWhole: false });
  if (opened === undefined) return false;
  try {
    await send(options, opened);
  } catch (error) {
    opened.body.destroy();
    throw error;
  }
  return true;
}

async function send(options: Options, opened: Opened): Promise<void> {
  const { transfer, resolved, watchdog, settings } = options;
  const { res } = transfer;
  const { maxBytes } = settings.limits;
  const added = addedTo(resolved, opened);
  const part = partOf(transfer, opened, added, resolved.provider.name);
  const head = acceptHead(part.status, part.headers, transfer.method);
  if (!head.isBodiless && (head.contentLength ?? 0) > maxBytes) throw tooLarge(resolved.provider.name, maxBytes);
  transfer.deliveredBy('function');
  const headers = clientHead(head, part.headers, {
    allowed: settings.responseHeaders,
    added,
    isTransformed: false,
    ...presentationOf(transfer, settings),
  });
  const writeHead = (): void => {
    try {
      const isDelimited = head.isBodiless || headers['content-length'] !== undefined;
      writeClientHead(transfer, settings, head.status, { ...headers, ...framing(transfer, isDelimited) });
    } catch (error) {
      // The application's failure, for example a middleware that has already responded.
      throw failedToServe(error);
    }
  };
  if (head.isBodiless) opened.body.destroy();
  else {
    transfer.expects(head.contentLength);
    try {
      const onTooLarge = (): Error => tooLarge(resolved.provider.name, maxBytes);
      const flow = { transfer, watchdog, maxBytes, writeHead, onTooLarge };
      if (part.body === opened.body) await moveOpened(options, opened, flow);
      else await pump(part.body, res, flow);
    } catch (error) {
      failOpened(transfer, resolved.provider.name, error);
      transfer.signal.throwIfAborted();
      throw error;
    }
  }
  if (!res.headersSent) writeHead();
  transfer.delivered();
  res.end();
  if (res.writableFinished) watchdog.pause();
  else watchdog.enter('clientIdle');
}

/** Returns the headers that the provider and the resolution add to a success, names in lower case. */
export function addedTo(
  { provider, responseHeaders }: ResolvedTransfer,
  { status, headers }: Pick<Opened, 'status' | 'headers'>,
): Readonly<Record<string, string>> {
  return isFetchedProvider(provider)
    ? responseHeaders
    : { ...headersFromProvider(provider, { status, headers }), ...responseHeaders };
}

/** Selects the part of the file for the client's conditions, and for its Range if the whole file is in memory. */
function partOf(
  transfer: Transfer,
  { status, headers, bytes, body }: Opened,
  added: Readonly<Record<string, string>>,
  provider: string,
): Pick<Opened, 'status' | 'headers'> & { readonly body: OpenedBody } {
  const size = status === 200 ? bytes?.length : undefined;
  const selection = selectFor(transfer, { status: status === 206 ? 200 : status, headers, added, size });
  const ranges = size === undefined ? {} : { 'accept-ranges': 'bytes' };
  if (selection?.status === 304) return { status: 304, headers, body };
  if (selection?.status !== 206 || bytes === undefined) return { status, headers: { ...headers, ...ranges }, body };
  const { start, end } = selection;
  const range = { 'content-range': `bytes ${start}-${end - 1}/${size}`, 'content-length': String(end - start) };
  const source = { next: once(bytes.subarray(start, end)), cancel: () => undefined };
  return {
    status: 206,
    headers: { ...headers, ...ranges, ...range },
    body: new OpenedBody(source, end - start, provider),
  };
}

function once(bytes: Uint8Array): () => Promise<IteratorResult<unknown>> {
  let isRead = false;
  return async () => {
    const done = isRead;
    isRead = true;
    return done ? { done, value: undefined } : { done, value: bytes };
  };
}

/** Keeps a FileContentError that the source threw. Any other error is a body that was cut off. */
export function failOpened(transfer: Transfer, provider: string, cause: unknown): void {
  const own = asFileContentError(cause);
  const hasBegun = transfer.bytesWritten > 0;
  if (own === undefined) {
    const { error, outcome } = afterHead(cause, provider);
    transfer.fail(asGatewayFailure(error), outcome);
  } else transfer.fail(own, hasBegun && own.code !== 'too_large' ? 'upstream_truncated' : undefined);
}
