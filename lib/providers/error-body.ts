import { errorMembers } from '../upstream/refusal/error-members';
import { isObject, ownMembers } from '../values/own-members';

/** The parts of a provider's JSON error body, in any of the common shapes. */
export interface ErrorBody {
  readonly message: string;
  readonly code: string | undefined;
  readonly type: string | undefined;
  /** Google's `details[].reason` (`google.rpc.ErrorInfo`). */
  readonly reason: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function reasonOf(details: unknown): string | undefined {
  if (!Array.isArray(details)) return undefined;
  const items: readonly unknown[] = details;
  for (const item of items) {
    const reason = isObject(item) ? text(ownMembers(item)['reason']) : undefined;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * Reads `{ error: { message, code, type, status, details } }`, also inside an array, and the same members at the top.
 *
 * @returns undefined for anything that is not JSON, such as the empty body after HEAD
 */
export function readErrorBody(body: Buffer): ErrorBody | undefined {
  const members = errorMembers(body.toString('utf8'));
  if (members === undefined) return undefined;
  const { outer, inner } = members;
  return {
    message: text(inner['message']) ?? text(outer['error']) ?? text(outer['detail']) ?? '',
    code: text(inner['code']) ?? text(inner['status']),
    type: text(inner['type']),
    reason: reasonOf(inner['details']),
  };
}
