import type { FileContentError } from '../../errors';
import { overLimit, overTenantLimit, retryShortly } from '../admission';
import { causeOf } from '../thrown-error';
import type { Transfer } from '../transfer';
import { Lease, Leases } from './leases';
import type { CheckedLimitStore } from './limit-store';

/** The limits that a router counts in a store, together with other processes. */
export class SharedLimits {
  readonly #store: CheckedLimitStore;
  readonly #maxConcurrent: number;
  readonly #maxPerTenant: number;
  readonly #leases: Leases;
  /** Those of this router's transfers. */
  readonly #own = new Set<Lease>();

  constructor(
    store: CheckedLimitStore,
    limits: { readonly maxConcurrent: number; readonly maxConcurrentPerTenant: number },
  ) {
    this.#store = store;
    this.#maxConcurrent = limits.maxConcurrent;
    this.#maxPerTenant = limits.maxConcurrentPerTenant;
    this.#leases = Leases.of(store);
  }

  /** @throws FileContentError `overloaded` (503), or the transfer's reason if it is aborted */
  async enter(transfer: Transfer): Promise<void> {
    await this.#enter(transfer, 'total', this.#maxConcurrent, overLimit);
  }

  /** @throws FileContentError `rate_limited` (429) or `overloaded` (503), or the transfer's reason if it is aborted */
  async enterTenant(transfer: Transfer, tenant: string): Promise<void> {
    await this.#enter(transfer, `tenant:${tenant}`, this.#maxPerTenant, overTenantLimit);
  }

  /** Gives all places back, also those of callbacks that ignore that their transfer has ended. */
  async close(): Promise<void> {
    for (const lease of this.#own) this.#leases.release(lease);
    await this.#leases.released();
  }

  async #enter(transfer: Transfer, key: string, limit: number, refusal: () => FileContentError): Promise<void> {
    if (limit === Infinity) return;
    transfer.signal.throwIfAborted();
    const lease = new Lease(Object.freeze({ key, id: transfer.id }));
    this.#own.add(lease);
    transfer.work.onOver(() => {
      this.#own.delete(lease);
      this.#leases.release(lease);
    });
    const isGranted = await this.#ask(transfer, lease, limit);
    transfer.signal.throwIfAborted();
    if (!isGranted) throw refusal();
    this.#leases.hold(lease);
  }

  /** @returns whether the transfer may proceed */
  async #ask(transfer: Transfer, lease: Lease, limit: number): Promise<boolean> {
    try {
      return await this.#leases.acquire(lease, limit, transfer);
    } catch (error) {
      transfer.signal.throwIfAborted();
      if (this.#store.whenUnavailable === 'refuse') {
        throw retryShortly('overloaded', 'The gateway cannot check its limits. Retry shortly.', causeOf(error));
      }
      transfer.limitsUnchecked();
      return true;
    }
  }
}
