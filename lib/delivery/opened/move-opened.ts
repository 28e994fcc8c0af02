import type { FileContentError } from '../../errors';
import { asFileContentError } from '../../transfer/thrown-error';
import { resumableContent } from '../../upstream/resume/resumable-content';
import {
  NotResumed,
  type Rest,
  Resumption,
  resumeSettings,
  stallWithReason,
  withReason,
} from '../../upstream/resume/resumption';
import { afterHead } from '../../upstream/upstream-error';
import { type PumpOptions, pump } from '../client/pump';
import { whenDrained } from '../client/when-drained';
import { type Opened, type OpenOptions, openRest } from './open-content';
import type { OpenedBody } from './opened-body';

type Options = Omit<OpenOptions, 'method' | 'isWhole'>;

/**
 * Moves the body of an opened file to the client. If it is cut off and the function can open the rest, it continues
 * with that.
 *
 * @throws the source's error, FileContentError, or the transfer's abort reason
 */
export async function moveOpened(options: Options, opened: Opened, flow: PumpOptions): Promise<void> {
  const { transfer, watchdog } = options;
  const { res } = transfer;
  const writeHead = (): void => {
    if (!res.headersSent) flow.writeHead();
  };
  const resumption = resumptionOf(options, opened);
  const isResumable = typeof resumption !== 'string';
  if (isResumable) transfer.onWrote((bytes) => resumption.passed(bytes));
  let body = opened.body;
  for (;;) {
    const cut = await moveUntilCut(options, body, { ...flow, writeHead }, isResumable);
    if (cut === undefined) return;
    transfer.signal.throwIfAborted();
    // An error that the function throws deliberately is not a cut.
    if (!cut.isStall && asFileContentError(cut.cause) !== undefined) throw cut.cause;
    if (!isResumable) throw withReason(cut.cause, resumption);
    try {
      await whenDrained(transfer, watchdog);
      const { error } = afterHead(cut.cause, options.resolved.provider.name);
      body = (await resumption.continueAfter(asFileContentError(cut.cause) ?? error, transfer.bytesWritten)).response;
    } catch (reason) {
      transfer.signal.throwIfAborted();
      if (!(reason instanceof NotResumed)) throw reason;
      if (!cut.isStall) throw withReason(cut.cause, reason.message);
      const stall = stallWithReason(cut.cause as FileContentError, reason.message);
      transfer.fail(stall);
      throw stall;
    }
  }
}

interface OpenedRest extends Rest {
  readonly response: OpenedBody;
}

/** Makes the resumption of the body, or says why it cannot be resumed. */
function resumptionOf(options: Options, { status, headers, bytes }: Opened): Resumption<OpenedRest> | string {
  const { transfer, resolved, watchdog, settings } = options;
  const wanted = resumeSettings(settings, resolved);
  const content = bytes === undefined ? resumableContent({ status, headers }, wanted.mode) : 'it is in memory';
  if (typeof content === 'string') return content;
  if (wanted.attempts === 0) return '"resume.attempts" is 0';
  return new Resumption({ transfer, watchdog, ask: askFrom }, content, wanted);

  async function askFrom(start: number, end: number): Promise<OpenedRest> {
    const rest = await openRest({ ...options, method: 'GET', isWhole: false }, { start, end });
    if (rest === undefined) throw new NotResumed('openContent() returned nothing');
    const { body } = rest;
    const head = { status: rest.status, headers: rest.headers };
    return { head, response: body, close: () => void body.destroy() };
  }
}

/** @returns why the body was cut off, or undefined if it is complete */
async function moveUntilCut(
  { transfer }: Options,
  body: OpenedBody,
  flow: PumpOptions,
  isResumable: boolean,
): Promise<{ readonly cause: unknown; readonly isStall: boolean } | undefined> {
  let stall: FileContentError | undefined;
  const unwatch = isResumable
    ? transfer.onProviderStalled((error) => {
        stall = error;
        body.destroy(error);
      })
    : undefined;
  try {
    await pump(body, transfer.res, flow);
    return undefined;
  } catch (error) {
    return { cause: stall ?? error, isStall: stall !== undefined };
  } finally {
    unwatch?.();
  }
}
