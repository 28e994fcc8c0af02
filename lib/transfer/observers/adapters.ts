import { isThenable, memberOf, ownMembers } from '../../values/own-members';
import { framesOf } from '../gateway-failure';
import type { LoggingAdapter, TransferRecord, TransferStart } from '../record';
import { describeCause, redact } from '../redaction/redaction';
import { causeOf } from '../thrown-error';
import { notices } from './notices';
import type { TransferArrival, TransferObserver } from './observer';

/** Copies a caller's plain data deeply, so that the copy can be frozen and the caller can still change the original. */
function snapshot(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 8) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item) => snapshot(item, depth + 1)));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    // An assignment to `__proto__` would set the prototype.
    if (name === '__proto__')
      Object.defineProperty(copy, name, ownMembers({ value: snapshot(item, depth + 1), enumerable: true }));
    else copy[name] = snapshot(item, depth + 1);
  }
  return Object.freeze(copy);
}

export function snapshotContext(context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return snapshot(context) as Readonly<Record<string, unknown>>;
}

/** Removes secrets from a text. */
export type Clean = (text: string) => string;

/**
 * Calls a function of an observer: an adapter or a tap. Its failure affects no transfer and no other observer (L5), and
 * is reported on standard error.
 *
 * @param what names the function in the line on standard error
 */
export function guarded(what: string, clean: Clean, notify: () => unknown, onFailure?: () => void): void {
  const fail = (error: unknown): void => {
    onFailure?.();
    report(what, clean, error);
  };
  try {
    const returned = notify();
    // An unhandled rejection would end the process.
    if (returned !== undefined) Promise.resolve(returned).then(undefined, fail);
  } catch (error) {
    fail(error);
  }
}

/** Calls a function of each observer that has it, as {@link guarded} does. */
export function tellEach<T extends object>(
  observers: readonly T[],
  name: keyof T & string,
  clean: Clean,
  notify: (observer: T) => unknown,
): void {
  for (const observer of observers) {
    guarded(`an observer's ${name}()`, clean, () =>
      memberOf(observer, name) === undefined ? undefined : notify(observer),
    );
  }
}

/**
 * Calls a function of an observer as {@link guarded} does. @returns the object that it returned. A promise is none: it
 * would come too late
 */
export function guardedObject<T extends object>(what: string, clean: Clean, make: () => T | undefined): T | undefined {
  let made: T | undefined;
  guarded(what, clean, () => {
    const returned = make();
    if (isThenable(returned)) return returned;
    if (typeof returned === 'object' && returned !== null) made = returned;
    return undefined;
  });
  return made;
}

function report(what: string, clean: Clean, error: unknown): void {
  const cause = describeCause(causeOf(error), clean) ?? { name: 'unknown', message: '' };
  const [frame = ''] = framesOf(error);
  notices.write('adapter', `${what} failed: ${cause.name}: ${cause.message} ${clean(frame.trim())}`);
}

/**
 * Returns a function that makes a frozen copy of a record at each call, so that no observer can change another's copy.
 */
export function recordCopier(record: TransferRecord): () => TransferRecord {
  const frozen = snapshot(record) as TransferRecord;
  return () => Object.freeze({ ...frozen, startedAt: new Date(record.startedAt) });
}

/**
 * Calls the logging adapters and this package's own readers, each with its own frozen copy. A Date cannot be frozen, so
 * each copy has its own.
 */
export class TransferListeners {
  readonly #adapters: readonly LoggingAdapter[];
  readonly #readers: ((record: TransferRecord) => void)[] = [];

  constructor(adapters: readonly LoggingAdapter[]) {
    this.#adapters = adapters;
  }

  /** Whether records are needed: there is an adapter or a reader. */
  get hasAny(): boolean {
    return this.hasAdapters || this.#readers.length > 0;
  }

  /** Whether there is an adapter. Without one, failures of the gateway itself are written to standard error. */
  get hasAdapters(): boolean {
    return this.#adapters.length > 0;
  }

  /** Adds a reader, which gets each record from now on, after the adapters. */
  add(read: (record: TransferRecord) => void): void {
    this.#readers.push(read);
  }

  /** Asks the adapters who watches the steps of a transfer. @returns undefined if none does */
  observe(arrival: () => TransferArrival): readonly TransferObserver[] | undefined {
    const observers: TransferObserver[] = [];
    for (const adapter of this.#adapters) {
      if (memberOf(adapter, 'observe') === undefined) continue;
      const observer = guardedObject("a logging adapter's observe()", redact, () =>
        adapter.observe?.(Object.freeze(arrival())),
      );
      if (observer !== undefined) observers.push(observer);
    }
    return observers.length > 0 ? observers : undefined;
  }

  started(start: TransferStart, clean: Clean = redact): void {
    for (const adapter of this.#adapters) {
      if (memberOf(adapter, 'started') === undefined) continue;
      guarded("a logging adapter's started()", clean, () =>
        adapter.started?.(Object.freeze({ ...start, startedAt: new Date(start.startedAt) })),
      );
    }
  }

  finished(record: TransferRecord, clean: Clean = redact): void {
    const copy = recordCopier(record);
    for (const adapter of this.#adapters) {
      guarded("a logging adapter's finished()", clean, () => adapter.finished(copy()));
    }
    for (const read of this.#readers) guarded('a reader of records', clean, () => read(copy()));
  }
}
