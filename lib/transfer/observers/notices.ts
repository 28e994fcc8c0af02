import { surviveFailedOutput } from '../../values/standard-streams';
import { redact } from '../redaction/redaction';

/** The subject of a line on standard error. Each kind has its own limit. */
export type NoticeKind = 'failure' | 'adapter' | 'work' | 'limits' | 'unanswered';

/** The most lines of one kind in one window, so that the log is not flooded. */
const MOST_LINES = 10;
const WINDOW_MS = 60_000;
const MAX_LINE = 1_000;

interface Window {
  readonly since: number;
  written: number;
  omitted: number;
}

// ESC begins a terminal's control sequences, a line break would begin another entry, and bidi controls reorder text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/**
 * Writes lines to standard error for events that would otherwise leave no trace: a failure of the gateway's own code
 * without a logging adapter, and the failure of an adapter. At most 10 of each kind per minute; the first line of the
 * next minute says how many were left out.
 */
export class Notices {
  readonly #windows = new Map<NoticeKind, Window>();

  /** Never throws. */
  write(kind: NoticeKind, text: string): void {
    try {
      const line = this.#line(kind, text);
      if (line === undefined) return;
      surviveFailedOutput();
      console.error(line);
    } catch {
      // There is no other place to report it.
    }
  }

  #line(kind: NoticeKind, text: string): string | undefined {
    const now = performance.now();
    let window = this.#windows.get(kind);
    let before = '';
    if (window === undefined || now - window.since >= WINDOW_MS) {
      if (window !== undefined && window.omitted > 0) before = ` (${window.omitted} more before this were not written)`;
      window = { since: now, written: 0, omitted: 0 };
      this.#windows.set(kind, window);
    }
    if (window.written >= MOST_LINES) {
      window.omitted += 1;
      return undefined;
    }
    window.written += 1;
    const last = window.written === MOST_LINES ? ' (no more of these for a minute)' : '';
    return `express-file-content: ${redact(text).replace(UNPRINTABLE, ' ').slice(0, MAX_LINE)}${before}${last}`;
  }
}

/** One per process: routers for many tenants share the limits. */
export const notices = new Notices();
