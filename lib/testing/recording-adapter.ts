import { EventEmitter, once } from 'node:events';
import type { LoggingAdapter, TransferRecord, TransferStart } from '../transfer/record';
import { describeValue } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';

/** Options of the waits of a {@link RecordingAdapter}. */
export interface RecordingWaitOptions {
  /**
   * The time to wait, in milliseconds, before the promise is rejected with what has been recorded so far. Defaults to
   * `4000`, which is less than Jest's and Vitest's own limit for a test.
   */
  readonly timeoutMs?: number | undefined;
}

/** A logging adapter that keeps every start and record, and lets a test wait for them. */
export interface RecordingAdapter extends LoggingAdapter {
  /** Every start so far, in order. */
  readonly starts: readonly TransferStart[];
  /** Every record so far, in order. */
  readonly records: readonly TransferRecord[];
  /** Keeps a start. The router calls this. */
  started(start: TransferStart): void;
  /**
   * Waits until this many transfers have started since the beginning, or since {@link clear}, and resolves with all
   * starts so far. Rejects with an Error that lists them when the time is over. Defaults to `1` start.
   */
  started(count?: number, options?: RecordingWaitOptions): Promise<readonly TransferStart[]>;
  /** Keeps a record. The router calls this. */
  finished(record: TransferRecord): void;
  /**
   * Waits until this many transfers have finished since the beginning, or since {@link clear}, and resolves with all
   * records so far. Rejects with an Error that lists them when the time is over. Defaults to `1` record.
   */
  finished(count?: number, options?: RecordingWaitOptions): Promise<readonly TransferRecord[]>;
  /** Forgets all starts and records, for a gateway that several tests share. */
  clear(): void;
}

/** The entries of one kind, with a way to wait for them. */
class Kept<Entry extends object> {
  readonly entries: Entry[] = [];
  readonly #added = new EventEmitter().setMaxListeners(0);

  constructor(
    readonly method: 'started' | 'finished',
    readonly describe: (entry: Entry) => string,
  ) {}

  add(entry: Entry): void {
    this.entries.push(entry);
    this.#added.emit('entry');
  }

  async wait(count: number, timeoutMs: number): Promise<readonly Entry[]> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw invalidOption(`recordingAdapter.${this.method}`, 'count', 'a number of transfers', describeValue(count));
    }
    const gaveUp = new AbortController();
    const timer = setTimeout(() => gaveUp.abort(), timeoutMs);
    try {
      while (this.entries.length < count) await once(this.#added, 'entry', { signal: gaveUp.signal });
    } catch {
      const soFar = this.entries.map(this.describe).join(', ') || 'none';
      throw new Error(
        `recordingAdapter: ${this.entries.length} of ${count} transfers ${this.method} ` +
          `within ${timeoutMs} ms: ${soFar}`,
      );
    } finally {
      clearTimeout(timer);
    }
    return [...this.entries];
  }
}

// This is a class, because the router would take `starts` on a plain object for a misspelt `started`.
class Recorder implements RecordingAdapter {
  readonly #starts = new Kept<TransferStart>('started', ({ method, fileId }) => `${method} ${fileId}`);
  readonly #records = new Kept<TransferRecord>(
    'finished',
    ({ method, fileId, outcome }) => `${method} ${fileId} ${outcome}`,
  );
  readonly starts = this.#starts.entries;
  readonly records = this.#records.entries;

  started(start: TransferStart): void;
  started(count?: number, options?: RecordingWaitOptions): Promise<readonly TransferStart[]>;
  started(given: TransferStart | number = 1, { timeoutMs = 4_000 }: RecordingWaitOptions = {}) {
    return typeof given === 'object' ? this.#starts.add(given) : this.#starts.wait(given, timeoutMs);
  }

  finished(record: TransferRecord): void;
  finished(count?: number, options?: RecordingWaitOptions): Promise<readonly TransferRecord[]>;
  finished(given: TransferRecord | number = 1, { timeoutMs = 4_000 }: RecordingWaitOptions = {}) {
    return typeof given === 'object' ? this.#records.add(given) : this.#records.wait(given, timeoutMs);
  }

  clear(): void {
    this.starts.length = 0;
    this.records.length = 0;
  }
}

/**
 * Makes a logging adapter for tests. The record of a transfer is written when its response has ended, which the client
 * may notice a moment earlier: wait for it with `finished(n)` instead of reading `records` at once.
 *
 * @example
 * const log = recordingAdapter();
 * const router = createFileContentRouter({ resolveProvider, logger: log });
 * // ... one request ...
 * const [record] = await log.finished(1);
 */
export function recordingAdapter(): RecordingAdapter {
  return new Recorder();
}
