import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { isReadingOver, waitToRead } from '../../transfer/event-loop/fair-turns';
import type { Recipient } from '../../transfer/recipient';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { describeValue } from '../../values/describe-value';
import { GatheredWrites } from './gathered-writes';

export interface PumpOptions {
  readonly transfer: Transfer;
  /** While the body passes, `idle` waits for the provider and `clientIdle` for the client. */
  readonly watchdog: Watchdog<Phase>;
  /** The most bytes that may pass in the whole transfer. A body that is resumed passes in several parts. */
  readonly maxBytes: number;
  /**
   * The number of bytes after which the rest of the source is dropped, if the client was told no length. Defaults to
   * the end of the source.
   */
  readonly length?: number | undefined;
  /** Called before the first byte, so that a source which fails earlier still gets an error response. */
  readonly writeHead: () => void;
  readonly onTooLarge: () => Error;
  /**
   * Called when a chunk was handed to the system and its buffer may be reused. Not called for chunks that were never
   * handed over.
   */
  readonly onWritten?: (chunk: Buffer) => void;
}

/**
 * Moves the body from a stream to the response. It counts the bytes, stops at a limit, and reads no faster than the
 * client does. Resolves when the source has ended, or has produced more than `length` bytes, and everything was written
 * to the response. It does not end the response.
 *
 * If the client was told the length, the last byte of it ends the body, whether or not the source has ended: a client
 * that has all of it may close its connection at once, and the response must have ended by then to count as complete.
 * The caller ends the response in the same turn.
 *
 * @throws the source's error, the transfer's failure, or an error if the client leaves; the caller must destroy the
 *   source
 */
export function pump(
  source: Readable,
  res: Recipient,
  { transfer, watchdog, maxBytes, length = Infinity, writeHead, onTooLarge, onWritten }: PumpOptions,
): Promise<void> {
  const { signal } = transfer;
  return new Promise((resolve, reject) => {
    const passedBefore = transfer.bytesWritten;
    const declared = (transfer.bytesExpected ?? Infinity) - passedBefore;
    const most = Math.min(length, declared);
    let passed = 0;
    const gathered = new GatheredWrites(res, (bytes) => transfer.wrote(bytes));
    let hasHead = false;
    let isOver = false;
    let isWaitingForTurn = false;

    const stop = (): void => {
      isOver = true;
      source.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      // An error of the stream after this point must not end the process.
      source.on('error', ignore);
      res.off('drain', onDrain);
      unwatch();
    };
    const fail = (error: unknown): void => {
      stop();
      source.pause();
      reject(error);
    };
    const onData = (data: Buffer): void => {
      // By mistake a transformation may produce objects, whose write would throw in this listener, or text, whose
      // length is not in bytes.
      if (!types.isUint8Array(data)) {
        fail(new TypeError(`The transformation gave ${describeValue(data)} instead of bytes.`));
        return;
      }
      if (data.length === 0) return;
      if (passed === most) {
        // The body is complete. The rest of the source is dropped.
        source.pause();
        onEnd();
        return;
      }
      const chunk = data.length > most - passed ? data.subarray(0, most - passed) : data;
      passed += chunk.length;
      if (passedBefore + passed > maxBytes) {
        fail(onTooLarge());
        return;
      }
      try {
        if (!hasHead) writeHead();
        hasHead = true;
      } catch (error) {
        fail(error);
        return;
      }
      const isTaken = write(chunk);
      if (isTaken) watchdog.activity();
      if (isTaken && isReadingOver()) {
        source.pause();
        isWaitingForTurn = true;
        waitToRead(onTurn);
      } else if (!isTaken) {
        source.pause();
        watchdog.enter('clientIdle');
      }
      if (chunk.length === data.length && passed !== declared) return;
      source.pause();
      onEnd();
    };
    const write = (chunk: Buffer): boolean => {
      if (onWritten === undefined) return gathered.write(chunk);
      transfer.wrote(chunk);
      return res.write(chunk, (error?: Error | null) => error ?? onWritten(chunk));
    };
    const onTurn = (): void => {
      isWaitingForTurn = false;
      if (!isOver && !res.writableNeedDrain) source.resume();
    };
    const onDrain = (): void => {
      watchdog.enter('idle');
      if (!isWaitingForTurn) source.resume();
    };
    const onEnd = (): void => {
      gathered.flush();
      stop();
      resolve();
    };
    const onError = (error: Error): void => {
      // The client gets all that arrived before the failure.
      gathered.flush();
      fail(error);
    };
    const onClose = (): void => onError(new Error('The stream closed before its end.'));
    const onAbort = (): void => fail(signal.reason);

    if (signal.aborted) {
      source.on('error', ignore);
      reject(signal.reason);
      return;
    }
    if (source.closed) {
      // The stream has already closed and emits no more events.
      reject(new Error('The stream closed before its end.'));
      return;
    }
    const unwatch = transfer.onAborted(onAbort);
    res.on('drain', onDrain);
    watchdog.enter('idle');
    source.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

function ignore(): void {}
