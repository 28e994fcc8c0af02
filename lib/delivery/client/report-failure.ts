import { FileContentError, failedToServe, isSharedNotFound } from '../../errors';
import { discardBody } from '../../http/request-checks';
import type { Settings } from '../../options/options';
import { withRequestIds } from '../../transfer/request-id';
import { asFileContentError, causeOf } from '../../transfer/thrown-error';
import type { Transfer } from '../../transfer/transfer';
import { abortResponse } from './abort-response';
import { sendError } from './error-response';

/** How a failure is reported to the client. */
export interface FailureWording {
  /** Handles the error in place of the error response. */
  readonly passOn?: ((error: FileContentError) => void) | undefined;
  /** The message of a 404. Defaults to one that names the id. */
  readonly notFoundMessage?: string | undefined;
}

/**
 * Records a failure and reports it to the client: with an error response if nothing has been sent, otherwise by closing
 * the connection before the end of the body.
 *
 * @param thrown the thrown value
 */
export function reportFailure(
  transfer: Transfer,
  thrown: unknown,
  settings: Pick<Settings, 'upstreamRequestIdHeader'>,
  { passOn, notFoundMessage }: FailureWording = {},
): void {
  const { connection, res } = transfer;
  if (transfer.isSettled) return;
  const error = asFileContentError(thrown) ?? failedToServe(causeOf(thrown));
  transfer.fail(error);
  // A reader in this process already has the error. A closed connection means that the client stalled or that the
  // gateway cut the transfer off.
  if (connection === undefined || connection.destroyed) return;
  discardBody(transfer);
  const sent = asSent(error, transfer, settings, notFoundMessage);
  if (res.headersSent) abortResponse(res, transfer.isDelimited);
  else if (passOn !== undefined) passOn(sent);
  else {
    try {
      sendError(res, sent, transfer.id);
    } catch (cause) {
      // A middleware's wrapper refuses a header, or the message is too long for a string.
      for (const name of Object.keys(sent.headers)) res.removeHeader(name);
      sendError(res, failedToServe(cause), transfer.id);
    }
  }
}

/**
 * Makes every 404 the same to the byte, so that it does not reveal whether the file exists for another caller. The
 * record keeps the actual reason.
 */
export function asSent(
  error: FileContentError,
  transfer: Transfer,
  { upstreamRequestIdHeader }: Pick<Settings, 'upstreamRequestIdHeader'>,
  notFoundMessage = `No file was found with the id ${JSON.stringify(transfer.fileId)}.`,
): FileContentError {
  if (!isSharedNotFound(error)) return withRequestIds(error, transfer, upstreamRequestIdHeader);
  return new FileContentError('file_not_found', notFoundMessage);
}
