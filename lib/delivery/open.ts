import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { FileContentError } from '../errors';
import { filenameOf } from '../http/content-disposition';
import { headersThat } from '../http/headers';
import type { TransferRecord } from '../transfer/record';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import { Transfer } from '../transfer/transfer';
import { invalidResponse } from '../upstream/upstream-error';
import { ownMembers } from '../values/own-members';
import { asSent } from './client/report-failure';
import { BodyRecipient } from './open-body';
import { type CheckedOpenTarget, checkOpenTarget, type OpenTarget } from './open-target';
import { type Origin, type Service, serveTransfer } from './serve';

/** A file opened by {@link FileContent.open}, whose head has arrived. */
export interface OpenedFile {
  /** 206 if the body is the requested part, 200 if it is the whole file. */
  readonly status: 200 | 206;
  /** The headers that a client of the router would get, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The length of the body in bytes. Absent if none is declared. */
  readonly contentLength?: number;
  /** The media type of the file. Absent if the provider gives none. */
  readonly contentType?: string;
  /** The name of the file. Absent if there is none. */
  readonly filename?: string;
  /** The entity tag of the file's version. Absent if the provider gives none. */
  readonly etag?: string;
  /**
   * The bytes. The stream fails with a {@link FileContentError} unless every byte arrived. Destroying it, or leaving
   * its `for await` loop, cancels the provider's request. Without a listener for `error` it fails silently and does not
   * end the process: use `pipeline`, `for await` or {@link OpenedFile.record}, which report the failure.
   */
  readonly body: Readable;
  /** Fulfilled with the transfer's record, after the logging adapters got it. Never rejected. */
  readonly record: Promise<TransferRecord>;
}

/**
 * Opens a file without a client; see {@link FileContent.open}.
 *
 * @throws TypeError for an invalid target
 */
export function openFile(service: Service, target: OpenTarget): Promise<OpenedFile> {
  const checked = checkOpenTarget(target);
  return new Promise((resolve, reject) => {
    const recipient = new BodyRecipient({
      opened: (status, headers) => resolve(describe(status, headers, recipient.body, record)),
      unfit: (status) =>
        transfer.fail(invalidResponse(checked.resolved.provider.name, `status ${status}, which brings no file`)),
      failed: reject,
    });
    const transfer = new Transfer(checked.request, recipient, checked.resource, checked.fileId, service.listeners);
    const record = transfer.recorded();
    transfer.onAborted(() => recipient.fail(asSent(transfer.failure?.error ?? unread(), transfer, service.settings)));
    followSignal(transfer, checked.signal);
    void serveTransfer(service, transfer, new OpenOrigin(checked));
  });
}

/** The origin of an opened file. The target is already checked, and there is no next middleware. */
class OpenOrigin implements Origin {
  readonly #target: CheckedOpenTarget;

  constructor(target: CheckedOpenTarget) {
    this.#target = target;
  }

  /** Its request is made here and has no body. */
  bodyDropped(): undefined {}

  identify(transfer: Transfer): void {
    const { fileId, params, query } = this.#target;
    transfer.identified(fileId, params, query);
    // With an aborted signal, no provider is requested.
    transfer.signal.throwIfAborted();
  }

  resolve(transfer: Transfer): ResolvedTransfer {
    transfer.resolvedTo(this.#target.resolved, 0);
    return this.#target.resolved;
  }

  declined(): void {}
}

function followSignal(transfer: Transfer, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const onAbort = (): void =>
    transfer.fail(new FileContentError('aborted', 'The signal was aborted.', { cause: signal.reason }));
  if (signal.aborted) onAbort();
  else {
    signal.addEventListener('abort', onAbort);
    transfer.onSettled(() => signal.removeEventListener('abort', onAbort));
  }
}

function unread(): FileContentError {
  return new FileContentError('aborted', 'Nothing was read of the body for too long (timeouts.clientIdle).');
}

/** Hop-by-hop headers, which an opened file does not have. */
const OF_MESSAGES = headersThat((is) => is('hop-by-hop'));

function describe(
  status: 200 | 206,
  given: OutgoingHttpHeaders,
  body: Readable,
  record: Promise<TransferRecord>,
): OpenedFile {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (value !== undefined && !OF_MESSAGES.has(lower)) headers[lower] = String(value);
  }
  const own = ownMembers(headers);
  const { 'content-length': length, 'content-type': contentType, etag } = own;
  const filename = filenameOf(own['content-disposition'] ?? '');
  return Object.freeze({
    status,
    headers: Object.freeze(headers),
    ...(length !== undefined && { contentLength: Number(length) }),
    ...(contentType !== undefined && { contentType }),
    ...(filename !== undefined && { filename }),
    ...(etag !== undefined && { etag }),
    body,
    record,
  });
}
