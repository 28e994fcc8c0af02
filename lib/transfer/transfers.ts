import type { ActiveTransfer } from './active-transfer';
import { activeOf } from './describe';
import type { Transfer } from './transfer';

/** A transfer's place among those in flight. */
class Place {
  readonly transfer: Transfer | undefined;
  before: Place = this;
  after: Place = this;

  constructor(transfer?: Transfer) {
    this.transfer = transfer;
  }
}

/**
 * The transfers in flight: those that have no outcome yet.
 *
 * A linked list and not a Set. A Set moves to a new table now and then; the old one keeps the transfers that it held
 * alive until the next major garbage collection, and with them everything of their requests.
 */
export class Transfers {
  readonly #ends = new Place();
  #size = 0;
  #drained: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;

  /** Whether new transfers are refused, because {@link drain} was called. */
  get isClosing(): boolean {
    return this.#drained !== undefined;
  }

  /** The number of transfers in flight. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a transfer. After {@link drain} nothing is added: such a transfer is refused, and under load waiting for it
   * would never end.
   */
  add(transfer: Transfer): void {
    if (this.isClosing) return;
    const place = new Place(transfer);
    const ends = this.#ends;
    place.before = ends.before;
    place.after = ends;
    place.before.after = place;
    ends.before = place;
    this.#size += 1;
    transfer.onSettled(() => {
      place.before.after = place.after;
      place.after.before = place.before;
      // A place that outlives its transfer for a while must not keep the next ones.
      place.before = place;
      place.after = place;
      this.#size -= 1;
      if (this.#size === 0) this.#onDrained?.();
    });
  }

  /**
   * Describes the transfers in flight, oldest first, as frozen data.
   *
   * @param most the number of transfers that are described at most
   */
  describe(most = Number.POSITIVE_INFINITY): readonly ActiveTransfer[] {
    return Object.freeze(this.#inFlight(most).map(activeOf));
  }

  /** @returns a promise that is fulfilled when every transfer has its outcome; the same one each time */
  drain(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      if (this.#size === 0) resolve();
      else this.#onDrained = resolve;
    });
    return this.#drained;
  }

  /** Calls `end` for each transfer that is still in flight. */
  endEach(end: (transfer: Transfer) => void): void {
    for (const transfer of this.#inFlight()) end(transfer);
  }

  #inFlight(most = Number.POSITIVE_INFINITY): Transfer[] {
    const transfers: Transfer[] = [];
    for (let place = this.#ends.after; place.transfer !== undefined; place = place.after) {
      if (transfers.length >= most) break;
      transfers.push(place.transfer);
    }
    return transfers;
  }
}
