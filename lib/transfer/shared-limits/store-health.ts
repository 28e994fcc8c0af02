import { notices } from '../observers/notices';
import { describeCause, redact } from '../redaction/redaction';
import { causeOf } from '../thrown-error';
import { Watchdog } from '../watchdog';
import { Attempt } from './attempt';
import type { CheckedLimitStore } from './limit-store';

/** A transfer that waits for the store. */
export interface Waiting {
  readonly signal: AbortSignal;
  onAborted(listener: () => void): () => void;
}

/** While the store hangs, one request in this time asks it; the others do not wait. */
const PROBE_MS = 1_000;

const REPORT_MS = 60_000;

/** Whether a store responds. Calls that hang are given up, and the operator is told. */
export class StoreHealth {
  readonly #timeoutMs: number;
  readonly #consequence: string;
  #isFailing = false;
  #isHanging = false;
  #nextProbe = 0;
  #reportedAt = -Infinity;

  constructor({ timeoutMs, whenUnavailable }: CheckedLimitStore) {
    this.#timeoutMs = timeoutMs;
    this.#consequence =
      whenUnavailable === 'allow' ? 'this process counts its own transfers alone' : 'requests are refused with a 503';
  }

  /**
   * Lets no request wait for a store that hangs. Commands would also pile up where a client queues them.
   *
   * @throws Error if the store should not be asked now
   */
  requireResponse(): void {
    if (!this.#isHanging) return;
    const now = performance.now();
    if (now < this.#nextProbe) throw new Error('The store was not asked, because it does not respond.');
    this.#nextProbe = now + PROBE_MS;
  }

  /**
   * Settles as `asked` does.
   *
   * @throws Error if it does not settle in time, and the reason of a transfer that is aborted before
   */
  inTime<T>(name: string, asked: Promise<T>, waiting?: Waiting): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = new Attempt(asked, { resolve, reject });
      const watchdog = new Watchdog({ store: this.#timeoutMs }, () => attempt.fail(this.#hangs(name)));
      attempt.onEnd(() => watchdog.stop());
      if (waiting !== undefined) attempt.onEnd(waiting.onAborted(() => attempt.fail(waiting.signal.reason)));
      watchdog.enter('store');
    });
  }

  #hangs(name: string): Error {
    const error = new Error(`${name}() has not settled within ${this.#timeoutMs} ms`);
    this.#isHanging = true;
    this.#nextProbe = performance.now() + PROBE_MS;
    this.failed(error);
    return error;
  }

  /** A call failed. Says so on standard error, at most once a minute. */
  failed(error: unknown): void {
    this.#isFailing = true;
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    const { name, message } = describeCause(causeOf(error), redact) ?? { name: 'unknown', message: '' };
    notices.write('limits', `the store of "limits" is unavailable, so ${this.#consequence}: ${name}: ${message}`);
  }

  /** A call succeeded. @returns whether one had failed before */
  responded(): boolean {
    const wasFailing = this.#isFailing;
    this.#isFailing = false;
    this.#isHanging = false;
    return wasFailing;
  }
}
