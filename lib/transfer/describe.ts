import { routeOf } from '../http/route-name';
import type { ResourceName } from '../http/routes';
import type { ActiveTransfer, TransferPhase } from './active-transfer';
import type { TransferFacts } from './facts';
import { describeFailure } from './gateway-failure';
import { describeRequest } from './observers/arrival-request';
import type { TransferArrival, TransferFailure } from './observers/observer';
import type { BatchUsage } from './observers/usage';
import type { Failure } from './outcome';
import type { Recipient, RecipientRequest } from './recipient';
import type { Outcome, TransferRecord, TransferStart } from './record';

/** A transfer as far as records describe it. */
export interface DescribedTransfer extends TransferFacts {
  readonly id: string;
  readonly startedAt: Date;
  readonly req: RecipientRequest;
  readonly res: Recipient;
  readonly resource: ResourceName;
  readonly requestId: string | undefined;
  readonly failure: Failure | undefined;
  redact(text: string): string;
}

/** The status in the record if the client left before the headers were sent, as in nginx. */
const CLIENT_CLOSED_REQUEST = 499;

/** Returns the members that a transfer's start and record have in common. */
function identityOf(transfer: DescribedTransfer): Omit<TransferStart, 'provider' | 'delivery'> {
  const { resolved, upstreamOrigin, fileId } = transfer;
  const upstreamFileId = resolved && resolved.fileId !== fileId ? resolved.fileId : undefined;
  return {
    transferId: transfer.id,
    resource: transfer.resource,
    method: transfer.req.method ?? '',
    fileId,
    ...(upstreamFileId !== undefined && { upstreamFileId }),
    ...(upstreamOrigin !== undefined && { upstreamOrigin }),
    startedAt: transfer.startedAt,
    ...(resolved?.tenant !== undefined && { tenant: resolved.tenant }),
    ...(resolved?.context !== undefined && { context: resolved.context }),
  };
}

/**
 * Returns the number of body bytes that the operating system has taken. Bytes in the response's buffer are not sent
 * yet.
 */
function bytesSentOf({ bytesWritten, res }: DescribedTransfer): number {
  return Math.max(0, bytesWritten - res.writableLength);
}

/** Describes the arrival of a request. */
export function arrivalOf({ id, resource, req, startedAt }: DescribedTransfer): TransferArrival {
  const route = routeOf(req);
  return {
    transferId: id,
    resource,
    method: req.method ?? '',
    ...(route !== undefined && { route }),
    hasClient: req.socket !== undefined,
    ...(req.socket !== undefined && { request: describeRequest(req, req.socket) }),
    startedAt: new Date(startedAt),
  };
}

/** Describes a failure before the client learns of it. */
export function failureOf(transfer: DescribedTransfer, { outcome, error }: Failure): TransferFailure {
  const { res } = transfer;
  const { code, message } = (error && describeFailure(error, (text) => transfer.redact(text))) ?? {};
  return Object.freeze({
    outcome,
    ...(code !== undefined && message !== undefined && { error: Object.freeze({ code, message }) }),
    ...(res.headersSent && { status: res.statusCode }),
  });
}

/** @returns undefined before a provider is known */
export function startOf(transfer: DescribedTransfer): TransferStart | undefined {
  const { resolved } = transfer;
  return resolved && { ...identityOf(transfer), provider: resolved.provider.name, delivery: resolved.delivery };
}

function phaseOf({ interruption, resolved, res }: DescribedTransfer): TransferPhase {
  if (interruption !== undefined) return 'resuming';
  if (res.headersSent) return res.writableLength > 0 ? 'paused' : 'sending';
  return resolved === undefined ? 'resolving' : 'waiting';
}

/** Describes the current state of a transfer, as frozen data. */
export function activeOf(transfer: DescribedTransfer): ActiveTransfer {
  const { resolved, bytesExpected } = transfer;
  return Object.freeze({
    ...identityOf(transfer),
    startedAt: new Date(transfer.startedAt),
    ...(resolved && { provider: resolved.provider.name, delivery: resolved.delivery }),
    bytesSent: bytesSentOf(transfer),
    ...(bytesExpected !== undefined && { bytesExpected }),
    phase: phaseOf(transfer),
    ageMs: transfer.ageMs,
  });
}

/**
 * Makes the record of a transfer. Call it when the outcome is known and before anything is cleaned up.
 */
export function recordOf(transfer: DescribedTransfer, outcome: Outcome): TransferRecord {
  const { resolved, res, upstreamStatus, upstreamRequestId, upstreamCode, requestId, via, viaReason } = transfer;
  const { bytesExpected, firstByteMs, failure, certainty, interruptions } = transfer;
  const isComplete = outcome === 'completed';
  const complete = isComplete || outcome === 'handed_over' ? (certainty ?? 'no') : 'no';
  const usage = usageOf(transfer, complete !== 'no');
  const redact = (text: string): string => transfer.redact(text);
  return {
    ...identityOf(transfer),
    ...(resolved && { provider: resolved.provider.name, delivery: resolved.delivery }),
    ...(via !== undefined && { via }),
    ...(viaReason !== undefined && { viaReason }),
    outcome,
    status: res.headersSent ? res.statusCode : CLIENT_CLOSED_REQUEST,
    ...(upstreamStatus !== undefined && { upstreamStatus }),
    ...(upstreamRequestId !== undefined && { upstreamRequestId: redact(upstreamRequestId) }),
    ...(upstreamCode !== undefined && { upstreamCode }),
    ...(requestId !== undefined && { requestId }),
    bytesSent: isComplete ? transfer.bytesWritten : bytesSentOf(transfer),
    ...(bytesExpected !== undefined && { bytesExpected }),
    complete,
    ...(firstByteMs !== undefined && { firstByteMs }),
    durationMs: transfer.ageMs,
    attempts: transfer.attempts,
    resumes: transfer.resumes,
    ...(interruptions.length > 0 && { interruptions: interruptions.map((cut) => describeFailure(cut, redact)) }),
    ...(failure?.error && { error: describeFailure(failure.error, redact) }),
    ...(transfer.areLimitsUnchecked && { limitsUnchecked: true as const }),
    ...(usage && { usage }),
  };
}

/** Usage that cannot be counted is left out: the record is written in any case. */
function usageOf({ resolved }: DescribedTransfer, isWhole: boolean): BatchUsage | undefined {
  try {
    return resolved?.usage?.result(isWhole);
  } catch {
    return undefined;
  }
}
