import { type Phase, Watchdog } from '../../lib/transfer/watchdog';

/** A watchdog without limits that writes down what it is told. */
export class Diary extends Watchdog<Phase> {
  readonly entries: string[] = [];

  constructor() {
    super({ connect: 0, headers: 0, idle: 0, clientIdle: 0 }, () => undefined);
  }

  override enter(phase: Phase): void {
    this.entries.push(phase);
  }

  override activity(): void {
    this.entries.push('activity');
  }
}
