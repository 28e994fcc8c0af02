import { type EntryLevel, OUTCOME_LEVELS } from '../../logging/entry';
import type { ActiveTransfer } from '../../transfer/active-transfer';
import type { TransferRecord } from '../../transfer/record';
import { visible } from '../../values/printable';
import { OUTCOME_WORDS } from './outcome-words';

/** What a row shows of any transfer. */
interface Row {
  readonly id: string;
  readonly method: string;
  readonly resource: string;
  readonly fileId: string;
  readonly upstreamFileId?: string | undefined;
  readonly provider?: string | undefined;
  readonly tenant?: string | undefined;
  readonly bytesSent: number;
  readonly bytesExpected?: number | undefined;
}

/** What the page shows of a transfer in flight. */
export interface ActiveRow extends Row {
  readonly phase: ActiveTransfer['phase'];
  readonly ageMs: number;
}

/** What the page shows of a transfer that has ended. */
export interface FinishedRow extends Row {
  /** The outcome in words. */
  readonly words: string;
  /** How much an operator has to do with it. */
  readonly level: EntryLevel;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  readonly durationMs: number;
  readonly resumes: number;
  /** A heading of docs/errors.md. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly cause?: string | undefined;
  /** Ids and statuses to look up elsewhere: pairs of a name and a value. */
  readonly details: readonly (readonly [name: string, value: string])[];
}

const LONGEST_TEXT = 200;
const LONGEST_MESSAGE = 600;

/** Shortens a text, so that snapshots have a bounded size, and makes all of it visible. */
export function clipped(text: string, most = LONGEST_TEXT): string {
  return visible(text.length <= most ? text : `${text.slice(0, most - 1)}…`);
}

/** The resolver's `context` is left out: it may hold what not every viewer may see. */
function rowOf(transfer: ActiveTransfer | TransferRecord): Row {
  const { transferId, method, resource, fileId, upstreamFileId, provider, tenant, bytesSent, bytesExpected } = transfer;
  return {
    id: transferId,
    method,
    resource: clipped(resource),
    fileId: clipped(fileId),
    upstreamFileId: upstreamFileId && clipped(upstreamFileId),
    provider: provider && clipped(provider),
    tenant: tenant && clipped(tenant),
    bytesSent,
    bytesExpected,
  };
}

/** Selects what the page shows of a transfer in flight. */
export function activeRow(transfer: ActiveTransfer): ActiveRow {
  return { ...rowOf(transfer), phase: transfer.phase, ageMs: Math.round(transfer.ageMs) };
}

/** Selects what the page shows of a record. */
export function finishedRow(record: TransferRecord): FinishedRow {
  const { outcome, durationMs, resumes, error } = record;
  return {
    ...rowOf(record),
    words: OUTCOME_WORDS[outcome],
    level: OUTCOME_LEVELS[outcome],
    endedAt: Math.round(record.startedAt.getTime() + durationMs),
    durationMs: Math.round(durationMs),
    resumes,
    code: error?.code,
    message: error && clipped(error.message, LONGEST_MESSAGE),
    cause: error?.cause && clipped(causeText(error.cause), LONGEST_MESSAGE),
    details: detailsOf(record),
  };
}

function causeText({ name, message, code }: { name: string; message: string; code?: string }): string {
  return `${code ?? name}: ${message}`;
}

function detailsOf(record: TransferRecord): (readonly [string, string])[] {
  const { upstreamStatus, upstreamCode, upstreamRequestId, upstreamOrigin, requestId, transferId } = record;
  const details: readonly (readonly [string, string | number | undefined])[] = [
    ['Status for the client', record.status],
    ['Provider’s status', upstreamStatus],
    ['Provider’s code', upstreamCode],
    ['Provider’s request id', upstreamRequestId],
    ['Provider’s origin', upstreamOrigin],
    ['Request id', requestId],
    ['Transfer id', transferId],
    ['Limits', record.limitsUnchecked && 'Not checked: the limit store was unavailable'],
  ];
  return details.flatMap(([name, value]) => (value === undefined ? [] : [[name, clipped(`${value}`)] as const]));
}
