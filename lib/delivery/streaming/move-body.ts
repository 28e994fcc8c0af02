import type { Transform } from 'node:stream';
import { type FileContentError, isFileContentError } from '../../errors';
import type { Transfer } from '../../transfer/transfer';
import type { AskOptions } from '../../upstream/ask';
import type { Exchange } from '../../upstream/exchange';
import {
  NotResumed,
  type Resumption,
  resumptionOf,
  stallWithReason,
  withReason,
} from '../../upstream/resume/resumption';
import { throughTransform } from '../../upstream/through-transform';
import { afterHead, tooLarge, truncated } from '../../upstream/upstream-error';
import { type PumpOptions, pump } from '../client/pump';
import { whenDrained } from '../client/when-drained';
import { relay } from '../relay/relay';

/** The facts about a body before its first byte is sent. */
export interface Body {
  /** The length in bytes, if the head tells it. Undefined for a transformed body. */
  readonly length: number | undefined;
  /** The length that the head declares, also for a transformed body. */
  readonly declared: number | undefined;
  readonly transform: Transform | undefined;
  readonly isRelayed: boolean;
  /** Called before the first byte. */
  readonly writeHead: () => void;
}

/**
 * Moves a body to the client. If it is cut off and the rest can be fetched, it continues with that.
 *
 * @throws FileContentError, or the reason of the transfer's abort; the caller must then close the first exchange
 */
export async function moveBody(first: Exchange, body: Body, options: AskOptions): Promise<void> {
  const { transfer } = options;
  const resumption = body.transform === undefined ? resumptionOf(first, options) : undefined;
  const isResumable = typeof resumption === 'object';
  if (isResumable) transfer.onWrote((bytes) => resumption.passed(bytes));
  let exchange = first;
  for (;;) {
    const cut = await moveUntilCut(exchange, body, options, isResumable);
    if (cut === undefined) return;
    transfer.signal.throwIfAborted();
    if (resumption === undefined || !isCut(cut)) throw failWith(transfer, cut);
    if (!isResumable) throw failNotResumed(options, cut, resumption);
    exchange.close();
    exchange = await goOn(resumption, cut, options);
  }
}

/** Why a body was cut off, and how the transfer ends unless it is resumed. */
interface Cut {
  readonly error: FileContentError;
  readonly outcome: 'upstream_invalid' | 'upstream_truncated' | 'upstream_timeout';
}

/** Tells whether a retry may help. It does not help against a parser error. */
function isCut({ outcome }: Cut): boolean {
  return outcome !== 'upstream_invalid';
}

function failWith(transfer: Transfer, { error, outcome }: Cut): FileContentError {
  transfer.fail(error, outcome);
  return error;
}

async function goOn(resumption: Resumption, cut: Cut, options: AskOptions): Promise<Exchange> {
  const { transfer, watchdog } = options;
  try {
    await whenDrained(transfer, watchdog);
    return await resumption.continueAfter(cut.error, transfer.bytesWritten);
  } catch (error) {
    transfer.signal.throwIfAborted();
    if (!(error instanceof NotResumed)) throw error;
    throw failNotResumed(options, cut, error.message);
  }
}

function failNotResumed({ transfer, resolved }: AskOptions, { error, outcome }: Cut, reason: string): FileContentError {
  if (outcome === 'upstream_timeout') return failWith(transfer, { error: stallWithReason(error, reason), outcome });
  const cause = withReason(error.cause ?? error, reason);
  return failWith(transfer, { error: truncated(resolved.provider.name, cause), outcome: 'upstream_truncated' });
}

/** @returns why the body was cut off, or undefined if it is complete; @throws if it must not be resumed */
async function moveUntilCut(
  exchange: Exchange,
  { length, declared, transform, isRelayed, writeHead }: Body,
  { transfer, resolved: { provider }, watchdog, settings }: AskOptions,
  isResumable: boolean,
): Promise<Cut | undefined> {
  const { response } = exchange;
  const { maxBytes } = settings.limits;
  const rest = length === undefined ? undefined : length - transfer.bytesWritten;
  const isFramed = exchange.head.headers['content-length'] !== undefined;
  let stall: FileContentError | undefined;
  let isOver = false;
  const flow: PumpOptions = {
    transfer,
    watchdog,
    maxBytes,
    // The parser itself ends a body of declared length.
    length: isFramed ? undefined : rest,
    writeHead: () => {
      if (!transfer.res.headersSent) writeHead();
    },
    onTooLarge: () => tooLarge(provider.name, maxBytes),
  };
  exchange.onLateError((error) => {
    // After a complete message, a parser error is about the bytes that follow it, which are not part of the body.
    if (!response.complete && !isOver) response.destroy(error);
  });
  const unwatch = isResumable ? transfer.onProviderStalled(onStalled) : undefined;
  try {
    const relayed = isRelayed && rest !== undefined ? relay(response, rest, transfer.res, flow) : undefined;
    if (relayed !== undefined) await relayed;
    else {
      const source = transform ? throughTransform(response, transform, () => watchdog.activity()) : response;
      await pump(source, transfer.res, flow);
    }
    if (relayed !== undefined || (!isFramed && transfer.bytesWritten === length && !response.complete)) {
      isOver = true;
      // The parser has not seen a relayed body, and a connection with a truncated body cannot be reused.
      exchange.close();
      return undefined;
    }
  } catch (error) {
    transfer.signal.throwIfAborted();
    if (stall !== undefined) return { error: stall, outcome: 'upstream_timeout' };
    if (isFileContentError(error)) throw error;
    return afterHead(exchange.lateError ?? error, provider.name);
  } finally {
    unwatch?.();
  }
  const isWhole = length === undefined ? response.complete : transfer.bytesWritten === length;
  if (isWhole && (isFramed || response.complete)) {
    // The connection can be used again once the end of the response has been read.
    response.resume();
    return undefined;
  }
  const expected = declared ?? 'an unknown number of';
  return afterHead(new Error(`${transfer.bytesWritten} of ${expected} bytes arrived`), provider.name);

  function onStalled(error: FileContentError): void {
    stall = error;
    response.destroy(error);
  }
}
