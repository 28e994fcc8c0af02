import { type Phase, Watchdog } from '../../lib/transfer/watchdog';

/** Remembers what it is told, and watches over nothing. */
export class WatchdogNotes extends Watchdog<Phase> {
  readonly lines: string[] = [];

  constructor() {
    super({ connect: 0, headers: 0, idle: 0, clientIdle: 0 }, () => undefined);
  }

  override enter(phase: Phase): void {
    this.lines.push(phase);
    super.enter(phase);
  }

  override activity(): void {
    this.lines.push('activity');
    super.activity();
  }
}
