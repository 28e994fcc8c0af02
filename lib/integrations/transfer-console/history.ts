import { isSuccess } from '../../transfer/outcome';
import type { Outcome, TransferRecord } from '../../transfer/record';
import { clipped, type FinishedRow, finishedRow } from './rows';

/** The transfers of one provider that have ended. */
export interface ProviderTotals {
  readonly name: string;
  completed: number;
  failed: number;
  bytesSent: number;
  readonly outcomes: Map<Outcome, number>;
}

/** The successful and failed transfers together that are listed as recent. */
const MOST_RECENT = 10;
/** A resolver may name any number of providers; the rest is counted as one. */
const MOST_PROVIDERS = 50;
const NO_PROVIDER = '(no provider)';
const OTHER_PROVIDERS = '(other providers)';

/** Counts the transfers that have ended and keeps the last of them, in bounded memory. */
export class History {
  readonly since = Date.now();
  readonly #maxFailures: number;
  readonly #providers = new Map<string, ProviderTotals>();
  readonly #finished: FinishedRow[] = [];
  readonly #failures: FinishedRow[] = [];

  /** @param maxFailures the most failures that are kept */
  constructor(maxFailures: number) {
    this.#maxFailures = maxFailures;
  }

  /** The last transfers that have ended, newest first. */
  get finished(): readonly FinishedRow[] {
    return this.#finished;
  }

  /** The last failures, newest first. */
  get failures(): readonly FinishedRow[] {
    return this.#failures;
  }

  /** The totals of each provider, in the order of their first transfers. */
  get providers(): readonly ProviderTotals[] {
    return [...this.#providers.values()];
  }

  /** Counts a transfer that has ended. */
  add(record: TransferRecord): void {
    const { outcome, bytesSent } = record;
    const totals = this.#totalsOf(record.provider);
    totals.bytesSent += bytesSent;
    totals.outcomes.set(outcome, (totals.outcomes.get(outcome) ?? 0) + 1);
    const row = finishedRow(record);
    this.#finished.unshift(row);
    if (this.#finished.length > MOST_RECENT) this.#finished.pop();
    if (isSuccess(outcome)) {
      totals.completed += 1;
      return;
    }
    totals.failed += 1;
    this.#failures.unshift(row);
    if (this.#failures.length > this.#maxFailures) this.#dropFailure();
  }

  /**
   * Drops the oldest failure. Requests that are refused and clients that leave can be many, so they take at most half
   * of the list: the failures that an operator has to look at stay.
   */
  #dropFailure(): void {
    const isMinor = ({ level }: FinishedRow): boolean => level !== 'error';
    const minor = this.#failures.filter(isMinor).length;
    const at = minor > this.#maxFailures / 2 ? this.#failures.findLastIndex(isMinor) : this.#failures.length - 1;
    this.#failures.splice(at, 1);
  }

  #totalsOf(provider: string | undefined): ProviderTotals {
    const given = provider === undefined ? NO_PROVIDER : clipped(provider);
    const name = this.#providers.has(given) || this.#providers.size < MOST_PROVIDERS ? given : OTHER_PROVIDERS;
    const totals = this.#providers.get(name) ?? { name, completed: 0, failed: 0, bytesSent: 0, outcomes: new Map() };
    this.#providers.set(name, totals);
    return totals;
  }
}
