/** Stores for `limits.store`: one that works, in memory, whose functions a test may replace. */
import type { LimitPlace, LimitStore } from '../../lib/index';

/** A store in memory, with what it was asked. */
export interface MemoryStore extends LimitStore {
  /** The ids that are taken, by key. Leases do not expire. */
  readonly taken: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many places are taken with a key. */
  count(key: string): number;
  /** Forgets everything, like a server that was restarted. */
  clear(): void;
  /** Every call, with the number of its places. */
  readonly calls: readonly (readonly ['acquire' | 'renew' | 'release', number])[];
}

/** A store in memory. `replaced` takes the place of its functions and settings. */
export function memoryStore(replaced: Partial<LimitStore> = {}): MemoryStore {
  const taken = new Map<string, Set<string>>();
  const calls: ['acquire' | 'renew' | 'release', number][] = [];
  const idsOf = (key: string): Set<string> => {
    const ids = taken.get(key) ?? new Set();
    taken.set(key, ids);
    return ids;
  };
  const working: LimitStore = {
    acquire({ key, id }, { limit }) {
      const ids = idsOf(key);
      return (ids.has(id) || ids.size < limit) && ids.add(id).has(id);
    },
    renew(places) {
      for (const { key, id } of places) idsOf(key).add(id);
    },
    release(places) {
      for (const { key, id } of places) idsOf(key).delete(id);
    },
  };
  return {
    ...replaced,
    acquire(place, options) {
      calls.push(['acquire', 1]);
      return (replaced.acquire ?? working.acquire)(place, options);
    },
    renew(places, options) {
      calls.push(['renew', places.length]);
      return (replaced.renew ?? working.renew)(places, options);
    },
    release(places) {
      calls.push(['release', places.length]);
      const returned = replaced.release?.(places);
      return returned ?? working.release(places);
    },
    taken,
    count: (key) => idsOf(key).size,
    clear: () => taken.clear(),
    calls,
  };
}

/** An answer that the test gives when it wants to. */
export class HeldAnswers {
  readonly asked: LimitPlace[] = [];
  readonly #answers: ((granted: boolean) => void)[] = [];

  readonly acquire = (place: LimitPlace): Promise<boolean> => {
    this.asked.push(place);
    return new Promise((resolve) => this.#answers.push(resolve));
  };

  /** Answers all questions so far. */
  answer(granted: boolean): void {
    for (const answer of this.#answers.splice(0)) answer(granted);
  }
}
