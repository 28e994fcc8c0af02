import type { FileContentError, FileContentErrorCode } from '../errors';
import { isError } from '../values/native-error';
import { memberOf } from '../values/own-members';
import { notices } from './observers/notices';
import type { TransferRecord } from './record';
import { describeCause } from './redaction/redaction';

const OWN_CODES: ReadonlySet<FileContentErrorCode> = new Set(['resolver_failed', 'internal_error']);

/** Errors of provider functions that threw. Other errors with the code `provider_error` are refusals of providers. */
const thrownByCallbacks = new WeakSet<FileContentError>();

/** Marks an error as the failure of a provider function. */
export function asGatewayFailure(error: FileContentError): FileContentError {
  thrownByCallbacks.add(error);
  return error;
}

/**
 * Tells whether the gateway's own code failed (the resolver, a provider function, this package). Its stack then helps
 * to fix it.
 */
export function isGatewayFailure(error: FileContentError): boolean {
  return OWN_CODES.has(error.code) || thrownByCallbacks.has(error);
}

const MAX_FRAMES = 20;
const LONGEST_FRAME = 400;
const MAX_STACK = 4_096;
/** The rest of a longer stack is ignored. */
const MAX_READ = 64 * 1024;

/**
 * Returns the frames of a thrown error's stack, at most 20 lines and 4 KiB. The message is left out, because the record
 * has it redacted and with a limited length.
 */
export function framesOf(thrown: unknown): readonly string[] {
  try {
    if (!isError(thrown)) return [];
    const { stack, message } = thrown;
    if (typeof stack !== 'string' || typeof message !== 'string') return [];
    const start = message === '' ? 0 : stack.indexOf(message);
    const frames = stack.slice(start === -1 ? 0 : start + message.length).slice(0, MAX_READ);
    return withinBound(frames.split('\n').filter((line) => line.length <= LONGEST_FRAME && /^\s{1,8}at /.test(line)));
  } catch {
    // A value that a callback throws may itself throw when it is read.
    return [];
  }
}

function withinBound(frames: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let size = 0;
  for (const frame of frames.slice(0, MAX_FRAMES)) {
    size += frame.length + 1;
    if (size > MAX_STACK) break;
    kept.push(frame);
  }
  return kept;
}

/** Describes an error for the record: plain data, redacted, with a stack only if the gateway's own code failed. */
export function describeFailure(
  error: FileContentError,
  redact: (text: string) => string,
): NonNullable<TransferRecord['error']> {
  const { code } = error;
  const message = redact(error.message);
  const thrown = memberOf(error, 'cause');
  const cause = describeCause(thrown, redact);
  if (cause === undefined) return { code, message };
  const frames = isGatewayFailure(error) ? framesOf(thrown) : [];
  if (frames.length === 0) return { code, message, cause };
  const stack = [`${cause.name}: ${cause.message}`, ...frames.map(redact)].join('\n');
  return { code, message, cause: { ...cause, stack } };
}

/** Writes a failure of the gateway's own code to standard error, for gateways without a logging adapter. */
export function noticeFailure(error: FileContentError, transferId: string, redact: (text: string) => string): void {
  if (!isGatewayFailure(error)) return;
  const { message, cause } = describeFailure(error, redact);
  const frame = cause?.stack?.split('\n')[1]?.trim() ?? '';
  const what = cause === undefined ? message : `${cause.name}: ${cause.message} ${frame}`;
  notices.write(
    'failure',
    `${error.code} (transfer ${transferId}): ${what}; configure a "logger" to get the whole record`,
  );
}
