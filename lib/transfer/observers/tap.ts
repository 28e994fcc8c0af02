import { currentContext } from '../../values/async-context';
import { describeValue } from '../../values/describe-value';
import { memberOf } from '../../values/own-members';
import type { TransferRecord } from '../record';
import { type Clean, guarded, recordCopier } from './adapters';

/**
 * Observes the body on its way to the client, for example to count, hash or parse it. It must not change the bytes. If
 * it throws, the download continues without it, and a line on standard error says so. Make a new tap for each transfer.
 */
export interface Tap {
  /**
   * Called with the bytes of the body in order, as they are written to the client. The buffer is reused: copy the bytes
   * that you keep.
   */
  chunk(bytes: Uint8Array): void;
  /** Called once, with the transfer's record. `complete` is `'no'` if the client did not get the whole body. */
  end?: ((record: TransferRecord) => void) | undefined;
}

/** The transfer of each tap. A tap that got the bytes of two transfers would compute a wrong result. */
const owners = new WeakMap<Tap, Taps>();

/** The taps of one transfer. A failing tap affects neither the transfer nor another tap. */
export class Taps {
  readonly #taps: Set<Tap>;
  /** Calls a function in the asynchronous context of the request, in which the taps were resolved. */
  readonly #inContext = currentContext();

  constructor(taps: readonly Tap[]) {
    this.#taps = new Set(taps);
  }

  /** Body bytes are written to the client. */
  chunk(bytes: Uint8Array, clean: Clean): void {
    for (const tap of this.#taps) {
      this.#call(tap, 'chunk', clean, () => {
        this.#claim(tap);
        return tap.chunk(bytes);
      });
    }
  }

  /** The transfer is over. */
  end(record: TransferRecord, clean: Clean): void {
    const copy = recordCopier(record);
    for (const tap of this.#taps) {
      this.#call(tap, 'end', clean, () => {
        this.#claim(tap);
        return memberOf(tap, 'end') === undefined ? undefined : tap.end?.(copy());
      });
      if (owners.get(tap) === this) owners.delete(tap);
    }
    this.#taps.clear();
  }

  #claim(tap: Tap): void {
    const owner = owners.get(tap);
    if (owner === this) return;
    if (owner !== undefined) throw new TypeError('it is in use by another transfer; make a new tap for each transfer');
    owners.set(tap, this);
  }

  /** A tap that failed is removed, because it has missed some bytes. */
  #call(tap: Tap, name: string, clean: Clean, notify: () => unknown): void {
    guarded(
      `a tap's ${name}()`,
      clean,
      () => this.#inContext(notify),
      () => {
        this.#taps.delete(tap);
        if (owners.get(tap) === this) owners.delete(tap);
      },
    );
  }
}

/** @returns what is wrong with a resolution's `taps`, or undefined */
export function tapsProblem(taps: unknown): string | undefined {
  if (!Array.isArray(taps)) return `"taps" must be an array, got ${describeValue(taps)}`;
  for (const [index, tap] of taps.entries()) {
    if (typeof tap !== 'object' || tap === null || typeof memberOf(tap, 'chunk') !== 'function') {
      return `"taps[${index}]" must be an object with a function "chunk", got ${describeValue(tap)}`;
    }
    const end = memberOf(tap, 'end');
    if (end !== undefined && typeof end !== 'function') {
      return `"taps[${index}].end" must be a function, got ${describeValue(end)}`;
    }
    if (taps.indexOf(tap) !== index) return `"taps[${index}]" is the same as another`;
  }
  return undefined;
}
