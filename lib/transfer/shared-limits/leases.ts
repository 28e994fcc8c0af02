import { describeKind } from '../../values/describe-value';
import { invalidResult } from '../../values/mistakes';
import { memberOf } from '../../values/own-members';
import type { CheckedLimitStore, LimitPlace, LimitStore } from './limit-store';
import { StoreHealth, type Waiting } from './store-health';

/** What this process knows of one place in a store. */
export class Lease {
  readonly place: LimitPlace;
  /** Whether the transfer has given the place up. */
  isOver = false;
  /** Whether the place may be taken. While the first call is pending, a release could reach the store before it. */
  isTaken = false;
  /** Whether a release is under way. */
  isReleasing = false;
  /** When the store drops the place at the latest, by `performance.now()`. */
  expiresAt = Infinity;

  constructor(place: LimitPlace) {
    this.place = place;
  }
}

/** Routers that share a store share its timer. */
const KEEPERS = new WeakMap<LimitStore, Leases>();

/** After an outage leases are renewed as soon as the store responds, but not more often than this. */
const SHORTEST_INTERVAL_MS = 1_000;

/**
 * The places that the transfers of this process have in one store. One timer renews all of them, and retries releases
 * that failed.
 *
 * Nothing cancels a call to the store: one that was given up may still take its place. A place is therefore released
 * again after each call that could have taken it. If such a call never settles, the place expires.
 */
export class Leases {
  readonly #settings: CheckedLimitStore;
  readonly #health: StoreHealth;
  readonly #held = new Set<Lease>();
  readonly #unreleased = new Set<Lease>();
  readonly #releases = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #isRenewing = false;
  #renewedAt = -Infinity;

  private constructor(settings: CheckedLimitStore) {
    this.#settings = settings;
    this.#health = new StoreHealth(settings);
    const { store } = settings;
    if (memberOf(store, 'onReconnect') === undefined) return;
    void call(() => store.onReconnect?.(() => this.#renew())).catch((error: unknown) => this.#health.failed(error));
  }

  /** Returns the leases in a store, the same ones for the same store. */
  static of(settings: CheckedLimitStore): Leases {
    const leases = KEEPERS.get(settings.store) ?? new Leases(settings);
    KEEPERS.set(settings.store, leases);
    return leases;
  }

  /**
   * Asks the store for a place.
   *
   * @returns whether it was granted
   * @throws the transfer's reason if it is aborted, and whatever says why the store gave no answer
   */
  acquire(lease: Lease, limit: number, waiting: Waiting): Promise<boolean> {
    this.#health.requireResponse();
    const { store, leaseMs } = this.#settings;
    const asked = call(() => store.acquire(lease.place, { limit, leaseMs })).then(checkAnswer);
    asked.then(
      (isGranted) => {
        this.#settled(lease, isGranted);
        this.#responded();
      },
      (error: unknown) => {
        // The place may be taken all the same: a connection that breaks loses the response, not the request.
        this.#settled(lease, true);
        this.#health.failed(error);
      },
    );
    return this.#health.inTime('acquire', asked, waiting);
  }

  /** Renews a lease until it is released. The store may not have been asked for it. */
  hold(lease: Lease): void {
    if (lease.isOver) return;
    this.#held.add(lease);
    this.#watch();
  }

  /** Gives a place back. Does nothing if that was done before. */
  release(lease: Lease): void {
    if (lease.isOver) return;
    lease.isOver = true;
    this.#held.delete(lease);
    if (lease.isTaken) this.#giveBack([lease]);
    this.#watch();
  }

  /** Resolves when the releases that are under way have reached the store, or have had the time to. */
  async released(): Promise<void> {
    if (this.#releases.size === 0) return;
    await this.#health.inTime('release', Promise.all(this.#releases)).catch(() => undefined);
  }

  #giveBack(leases: readonly Lease[]): void {
    for (const lease of leases) {
      lease.isReleasing = true;
      this.#unreleased.add(lease);
    }
    const release = call(() => this.#settings.store.release(placesOf(leases)))
      .then(
        () => {
          for (const lease of leases) this.#unreleased.delete(lease);
        },
        (error: unknown) => this.#health.failed(error),
      )
      .then(() => {
        for (const lease of leases) lease.isReleasing = false;
        this.#releases.delete(release);
        this.#watch();
      });
    this.#releases.add(release);
  }

  /** A call that could take the place has settled. */
  #settled(lease: Lease, isTaken: boolean): void {
    lease.isTaken ||= isTaken;
    lease.expiresAt = performance.now() + this.#settings.leaseMs;
    if (lease.isOver && lease.isTaken) this.#giveBack([lease]);
  }

  #responded(): void {
    const isBack = this.#health.responded();
    // The store may have lost its data.
    if (isBack && performance.now() - this.#renewedAt >= SHORTEST_INTERVAL_MS) this.#renew();
  }

  /** Runs the timer while there is anything to renew or to release. */
  #watch(): void {
    const isNeeded = this.#held.size + this.#unreleased.size > 0;
    if (isNeeded) this.#timer ??= setInterval(() => this.#tick(), this.#settings.leaseMs / 3).unref();
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #tick(): void {
    const now = performance.now();
    for (const lease of this.#unreleased) if (lease.expiresAt <= now) this.#unreleased.delete(lease);
    const failed = [...this.#unreleased].filter((lease) => !lease.isReleasing);
    if (failed.length > 0) this.#giveBack(failed);
    // One that never settles must not stop all others.
    if (!this.#isRenewing || now - this.#renewedAt >= this.#settings.leaseMs) this.#renew();
    else this.#reportLate(this.#renewedAt, now);
    this.#watch();
  }

  /** After the event loop was blocked, timers run before the response is read that has long arrived. */
  #reportLate(startedAt: number, now: number): void {
    setImmediate(() => {
      if (!this.#isRenewing || this.#renewedAt !== startedAt) return;
      this.#health.failed(new Error(`renew() has not settled within ${Math.round(now - startedAt)} ms`));
    });
  }

  #renew(): void {
    if (this.#held.size === 0) return;
    const leases = [...this.#held];
    const startedAt = performance.now();
    this.#renewedAt = startedAt;
    this.#isRenewing = true;
    const { store, leaseMs } = this.#settings;
    void call(() => store.renew(placesOf(leases), { leaseMs }))
      .then(
        () => void this.#health.responded(),
        (error: unknown) => this.#health.failed(error),
      )
      .then(() => {
        if (this.#renewedAt === startedAt) this.#isRenewing = false;
        for (const lease of leases) this.#settled(lease, true);
      });
  }
}

function placesOf(leases: readonly Lease[]): readonly LimitPlace[] {
  return leases.map(({ place }) => place);
}

/** Calls a function of the store. What it throws becomes a rejection. */
function call<T>(work: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function checkAnswer(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  throw invalidResult('limits.store: acquire()', 'true or false', describeKind(answer));
}
