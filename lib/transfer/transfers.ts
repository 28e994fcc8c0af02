import { activeOf } from './describe';
import type { ActiveTransfer } from './record';
import type { Transfer } from './transfer';

/** The transfers in flight: those that have no outcome yet. */
export class Transfers {
  readonly #inFlight = new Set<Transfer>();
  #drained: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;

  /** Whether new transfers are refused, because {@link drain} was called. */
  get isClosing(): boolean {
    return this.#drained !== undefined;
  }

  /**
   * Adds a transfer. After {@link drain} nothing is added: such a transfer is refused, and under load waiting for it
   * would never end.
   */
  add(transfer: Transfer): void {
    if (this.isClosing) return;
    this.#inFlight.add(transfer);
    transfer.onSettled(() => {
      this.#inFlight.delete(transfer);
      if (this.#inFlight.size === 0) this.#onDrained?.();
    });
  }

  /** Describes the transfers in flight, oldest first, as frozen data. */
  describe(): readonly ActiveTransfer[] {
    return Object.freeze(Array.from(this.#inFlight, activeOf));
  }

  /** @returns a promise that is fulfilled when every transfer has its outcome; the same one each time */
  drain(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      if (this.#inFlight.size === 0) resolve();
      else this.#onDrained = resolve;
    });
    return this.#drained;
  }

  /** Calls `end` for each transfer that is still in flight. */
  endEach(end: (transfer: Transfer) => void): void {
    for (const transfer of [...this.#inFlight]) end(transfer);
  }
}
