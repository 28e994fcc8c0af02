/** A timer that fires this late was delayed by a blocked event loop, which may also have delayed the bytes. */
const BLOCKED_MS = 100;
/** Under lasting overload every timer is late, and the limit must still apply. */
const MAX_EXTENSIONS = 3;

/** The phases of waiting in a transfer, in order. */
export type Phase = 'connect' | 'headers' | 'idle' | 'clientIdle';

/**
 * Limits the time without progress, one phase at a time. Each phase has its own limit in milliseconds (0: none).
 * `enter` begins a phase, and `activity` marks progress. Marking progress costs one clock reading, so it may be done
 * for every chunk. The single timer is re-armed only when it fires.
 */
export class Watchdog<P extends string> {
  readonly #limits: Readonly<Record<P, number>>;
  readonly #onExpired: (phase: P) => void;
  #phase: P | undefined;
  #last = 0;
  #due = 0;
  #extensions = 0;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #confirmation: NodeJS.Immediate | undefined;

  constructor(limits: Readonly<Record<P, number>>, onExpired: (phase: P) => void) {
    this.#limits = limits;
    this.#onExpired = onExpired;
  }

  enter(phase: P): void {
    if (phase === this.#phase || this.#isStopped) return;
    this.#phase = phase;
    this.activity();
    this.#arm(this.#last);
  }

  activity(): void {
    this.#last = performance.now();
    this.#extensions = 0;
  }

  /** Stops for good: a later `enter`, by code that has not noticed the end, starts no timer. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
  }

  /** Stops watching until the next `enter`, which restarts its phase even if it is the same. */
  pause(): void {
    this.#disarm();
  }

  #disarm(): void {
    this.#phase = undefined;
    clearTimeout(this.#timer);
    clearImmediate(this.#confirmation);
    this.#timer = undefined;
    this.#confirmation = undefined;
  }

  #arm(now: number): void {
    if (this.#phase === undefined) return;
    const limit = this.#limits[this.#phase];
    if (limit === 0) return;
    const due = this.#last + limit;
    if (this.#timer !== undefined) {
      if (this.#due <= due) return;
      clearTimeout(this.#timer);
    }
    this.#due = due;
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, due - now));
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#phase === undefined) return;
    const limit = this.#limits[this.#phase];
    if (limit === 0) return;
    const now = performance.now();
    const late = now - this.#due;
    if (now < this.#last + limit - 1) {
      this.#arm(now);
    } else if (late > BLOCKED_MS && this.#extensions < MAX_EXTENSIONS) {
      this.#extensions += 1;
      this.#last += late;
      this.#arm(now);
    } else {
      this.#confirm(this.#phase, this.#last);
    }
  }

  // Timers run before I/O is polled, so bytes that wait in the kernel get two iterations to count as progress.
  #confirm(phase: P, last: number): void {
    const check = (): void => {
      this.#confirmation = undefined;
      if (phase !== this.#phase || last !== this.#last) {
        this.#arm(performance.now());
      } else {
        this.#disarm();
        this.#onExpired(phase);
      }
    };
    this.#confirmation = setImmediate(() => {
      this.#confirmation = setImmediate(check);
    });
  }
}
