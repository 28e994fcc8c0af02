/** Sample records, and the log level of each outcome. */
import type { Outcome, TransferRecord, TransferStart } from '../../lib/index';

const startedAt = new Date('2026-01-02T03:04:05.678Z');

export const START: TransferStart = {
  transferId: '0b7d0f0e-0000-4000-8000-000000000001',
  resource: 'files',
  method: 'GET',
  fileId: 'file-1',
  provider: 'openai',
  upstreamOrigin: 'https://api.openai.com',
  delivery: 'stream',
  startedAt,
  context: { route: 'eu', nested: { n: 1 } },
};

export function record(outcome: Outcome, more: Partial<TransferRecord> = {}): TransferRecord {
  return {
    ...START,
    outcome,
    status: 200,
    bytesSent: 10,
    bytesExpected: 10,
    complete: outcome === 'completed' ? 'yes' : 'no',
    firstByteMs: 1.5,
    durationMs: 12.4,
    attempts: 1,
    resumes: 0,
    ...more,
  };
}

export const OUTCOMES: readonly Outcome[] = [
  'completed',
  'handed_over',
  'upstream_error',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_truncated',
  'upstream_invalid',
  'client_aborted',
  'client_stalled',
  'rejected',
  'resolver_failed',
  'too_large',
  'internal_error',
];

/** The levels that the documentation promises. */
export const LEVELS: Readonly<Record<Outcome, string>> = {
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
};
