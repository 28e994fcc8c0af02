/** A watchdog that remembers which phases it was told of, for tests of code that reports progress. */
import { type Phase, Watchdog } from '../../lib/transfer/watchdog';

/** Has no limits, so that it never ends a transfer. */
export class WatchdogNotes extends Watchdog<Phase> {
  readonly lines: string[] = [];

  /** The phases alone, in the order in which they were entered. */
  get phases(): readonly string[] {
    return this.lines.filter((line) => line !== 'activity');
  }

  constructor() {
    super({ connect: 0, headers: 0, idle: 0, clientIdle: 0 }, () => undefined);
  }

  override enter(phase: Phase): void {
    this.lines.push(phase);
  }

  override activity(): void {
    this.lines.push('activity');
  }
}
