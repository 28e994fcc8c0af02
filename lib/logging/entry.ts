import type { Outcome, TransferRecord } from '../transfer/record';
import { ownMembers } from '../values/own-members';

/** The four levels that the loggers of this package's adapters have in common. */
export type EntryLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * `error` is for failures that an operator may have to look at. A provider's refusal is a warning, because any mistyped
 * id causes one.
 */
export const OUTCOME_LEVELS: Readonly<Record<Outcome, EntryLevel>> = Object.freeze({
  completed: 'info',
  handed_over: 'info',
  client_aborted: 'info',
  client_stalled: 'warn',
  rejected: 'warn',
  too_large: 'warn',
  upstream_error: 'warn',
  upstream_unreachable: 'error',
  upstream_timeout: 'error',
  upstream_truncated: 'error',
  upstream_invalid: 'error',
  resolver_failed: 'error',
  internal_error: 'error',
});

/** A record as the fields of a log line. The date is a string, because some loggers cannot write a Date. */
export type EntryFields<T extends { readonly startedAt: Date }> = Omit<T, 'startedAt'> & { readonly startedAt: string };

export function toFields<T extends { readonly startedAt: Date }>(data: T): EntryFields<T> {
  return { ...data, startedAt: data.startedAt.toISOString() };
}

export const STARTED_MESSAGE = 'file content started';

/**
 * Makes the message of a finished transfer. It contains no text from a client or a provider, because some loggers read
 * `%s` in a message as a placeholder and then drop the fields.
 */
export function finishedMessage(record: TransferRecord): string {
  const { outcome, status, bytesSent, bytesExpected, durationMs } = ownMembers(record);
  const isPartial = bytesExpected !== undefined && bytesExpected !== bytesSent;
  const bytes = isPartial ? `${bytesSent} of ${bytesExpected} bytes` : `${bytesSent} bytes`;
  return `file content ${outcome}: status ${status}, ${bytes} in ${Math.round(durationMs)} ms`;
}
