import type { Service } from '../../delivery/serve';
import type { History, ProviderTotals } from './history';
import { OUTCOME_WORDS } from './outcome-words';
import { type ActiveRow, activeRow, type FinishedRow } from './rows';

/** What the page gets at once. */
export interface Update {
  /** A clock that is never set, for rates, in milliseconds. */
  readonly at: number;
  /** The gateway's time, in milliseconds since 1970. */
  readonly now: number;
  readonly state: Snapshot;
}

/** What the page shows, apart from the time. */
export interface Snapshot {
  /** Whether new transfers are refused. */
  readonly isClosing: boolean;
  /** The number of transfers in flight. */
  readonly inFlight: number;
  /** The oldest of them. */
  readonly transfers: readonly ActiveRow[];
  /** The last transfers that have ended, newest first. */
  readonly finished: readonly FinishedRow[];
  /** The last failures, newest first. */
  readonly failures: readonly FinishedRow[];
  readonly providers: readonly ProviderRow[];
  /** When counting began, in milliseconds since 1970. */
  readonly since: number;
}

/** What the page shows of a provider. */
export interface ProviderRow extends Omit<ProviderTotals, 'outcomes'> {
  readonly outcomes: readonly { readonly words: string; readonly count: number }[];
}

/** Describes the current state. Its size is bounded, however many transfers there are. */
export function takeSnapshot({ transfers }: Service, history: History, maxTransfers: number): Snapshot {
  return {
    isClosing: transfers.isClosing,
    inFlight: transfers.size,
    transfers: transfers.describe(maxTransfers).map(activeRow),
    finished: history.finished,
    failures: history.failures,
    providers: history.providers.map((totals) => ({ ...totals, outcomes: outcomesOf(totals) })),
    since: history.since,
  };
}

const OUTCOMES = Object.keys(OUTCOME_WORDS) as (keyof typeof OUTCOME_WORDS)[];

function outcomesOf({ outcomes }: ProviderTotals): ProviderRow['outcomes'] {
  const counts = OUTCOMES.map((outcome) => ({ words: OUTCOME_WORDS[outcome], count: outcomes.get(outcome) ?? 0 }));
  return counts.filter(({ count }) => count > 0);
}
