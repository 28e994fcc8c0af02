import { FileContentError, failedToServe, isSharedNotFound } from '../../errors';
import { discardBody } from '../../http/request-checks';
import type { Settings } from '../../options';
import { withRequestIds } from '../../transfer/request-id';
import { asFileContentError, causeOf } from '../../transfer/thrown-error';
import type { Transfer } from '../../transfer/transfer';
import { abortResponse } from './break-off';
import { sendError } from './error-response';

/** What may be said of a failure, and by whom. */
export interface FailureWording {
  /** Takes the error over in place of the error response. */
  readonly passOn?: ((error: FileContentError) => void) | undefined;
  /** The message of a 404. Defaults to one that names the id. */
  readonly notFoundMessage?: string | undefined;
}

/**
 * Records a failure and tells the client: by an error response where nothing has been sent, otherwise by breaking the
 * connection off.
 *
 * @param thrown anything that was thrown
 */
export function answerFailure(
  transfer: Transfer,
  thrown: unknown,
  settings: Pick<Settings, 'upstreamRequestIdHeader'>,
  { passOn, notFoundMessage }: FailureWording = {},
): void {
  const { req, res } = transfer;
  if (transfer.isSettled) return;
  const error = asFileContentError(thrown) ?? failedToServe(causeOf(thrown));
  transfer.fail(error);
  // Of a client that stalled, or of a transfer that the gateway has cut: nothing can be sent any more.
  if (req.socket.destroyed) return;
  discardBody(transfer);
  const sent = asSent(error, transfer, settings, notFoundMessage);
  if (res.headersSent) abortResponse(res, transfer.isDelimited);
  else if (passOn !== undefined) passOn(sent);
  else {
    try {
      sendError(res, sent, transfer.id);
    } catch (cause) {
      // What a middleware has put around the response refuses a header, or the message is too long for a string.
      for (const name of Object.keys(sent.headers)) res.removeHeader(name);
      sendError(res, failedToServe(cause), transfer.id);
    }
  }
}

/**
 * "Not yours" and "not there" get the same response to the byte, whichever part of this package found it out; the
 * record keeps what was found.
 */
function asSent(
  error: FileContentError,
  transfer: Transfer,
  { upstreamRequestIdHeader }: Pick<Settings, 'upstreamRequestIdHeader'>,
  notFoundMessage = `No file was found with the id ${JSON.stringify(transfer.fileId)}.`,
): FileContentError {
  if (!isSharedNotFound(error)) return withRequestIds(error, transfer, upstreamRequestIdHeader);
  return new FileContentError('file_not_found', notFoundMessage);
}
