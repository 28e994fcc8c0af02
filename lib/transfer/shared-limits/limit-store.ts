/** One transfer's place among those that a limit counts. */
export interface LimitPlace {
  /** What is counted: `total`, or `tenant:` followed by the tenant. Use it as a key, after a prefix of your own. */
  readonly key: string;
  /** The transfer that has the place. It is unique, and `transferId` in the transfer's record. */
  readonly id: string;
}

/**
 * Counts transfers for several processes, so that `maxConcurrent` and `maxConcurrentPerTenant` hold for all of them
 * together. `redisLimits` of `express-file-content/redis` makes one; implement the three functions to use another
 * database.
 *
 * A place is a lease: the store drops it by itself when it has not been renewed for `leaseMs`, so that a process that
 * is killed gives its places back. The router renews leases, gives up on calls that take too long, and releases a place
 * again where a late call may have taken it. A store only has to do what it is told, atomically.
 *
 * @example Counts in this process, to show what each function does
 * const leases = new Map<string, Map<string, number>>();
 * const store: LimitStore = {
 *   acquire({ key, id }, { limit, leaseMs }) {
 *     const ids = leases.get(key) ?? new Map<string, number>();
 *     for (const [other, until] of ids) if (until <= Date.now()) ids.delete(other);
 *     if (!ids.has(id) && ids.size >= limit) return false;
 *     leases.set(key, ids.set(id, Date.now() + leaseMs));
 *     return true;
 *   },
 *   renew(places, { leaseMs }) {
 *     for (const { key, id } of places) {
 *       leases.set(key, (leases.get(key) ?? new Map()).set(id, Date.now() + leaseMs));
 *     }
 *   },
 *   release(places) {
 *     for (const { key, id } of places) leases.get(key)?.delete(id);
 *   },
 * };
 */
export interface LimitStore {
  /**
   * Takes a place unless `limit` others with the same key are taken. Drops expired places, counts, and adds, in one
   * atomic step. A place that is already taken is renewed.
   *
   * @returns whether the place is taken now. A rejection or any other value means that the store is unavailable
   */
  acquire(
    place: LimitPlace,
    options: {
      /** The most places that may be taken with this key. */
      readonly limit: number;
      /** When the place expires, in milliseconds from now, by the store's own clock. */
      readonly leaseMs: number;
    },
  ): boolean | Promise<boolean>;

  /**
   * Makes places expire `leaseMs` from now. A place that has expired or was lost is taken again, whatever the limit:
   * its transfer is still running.
   */
  renew(
    places: readonly LimitPlace[],
    options: {
      /** When the places expire, in milliseconds from now, by the store's own clock. */
      readonly leaseMs: number;
    },
  ): unknown;

  /** Frees places. One that is not taken is ignored. */
  release(places: readonly LimitPlace[]): unknown;

  /**
   * Registers a function to be called when the connection to the store is back. The store may have lost its data, so
   * the function renews all leases. Without it they are renewed within a third of a lease. Defaults to none.
   */
  onReconnect?: ((renew: () => void) => void) | undefined;

  /**
   * How long a place stays taken without being renewed, in milliseconds. Places are renewed every third of it. Defaults
   * to `30000` (30 seconds).
   */
  readonly leaseMs?: number | undefined;

  /** How long a request waits for {@link LimitStore.acquire}, in milliseconds. Defaults to `500`. */
  readonly timeoutMs?: number | undefined;

  /**
   * What happens to a request while the store is unavailable. `allow` serves it, and counts only the transfers of its
   * own process. `refuse` sends a 503 with `Retry-After`. Defaults to `allow`.
   */
  readonly whenUnavailable?: 'allow' | 'refuse' | undefined;
}

/** A store whose settings have been checked and have their defaults. */
export interface CheckedLimitStore {
  readonly store: LimitStore;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly whenUnavailable: 'allow' | 'refuse';
}
