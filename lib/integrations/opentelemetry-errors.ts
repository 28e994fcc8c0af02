import type { Span } from '@opentelemetry/api';
import type { StepEnd } from '../transfer/observers/observer';
import { isSuccess } from '../transfer/outcome';
import type { TransferRecord } from '../transfer/record';

type Api = typeof import('@opentelemetry/api');

/** How a span fails. */
export interface SpanError {
  /** The value of `error.type`. */
  readonly type: string;
  /** Whether the span gets the status `ERROR`. */
  readonly isFailure: boolean;
  /** What the status says more than the type and the status of the response. */
  readonly message?: string;
}

interface EndedTransfer extends Pick<TransferRecord, 'outcome' | 'status'> {
  readonly error?: TransferRecord['error'] | undefined;
}

/**
 * Tells how a transfer failed, for its span and its metrics. A request that the client got wrong is no error of a
 * server, but a response that it did not get whole has a type of error: the client's leaving is one that fails no span.
 *
 * @returns undefined if the transfer did what a server has to do
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
 */
export function transferError({ outcome, status, error }: EndedTransfer): SpanError | undefined {
  if (isSuccess(outcome)) return undefined;
  if (outcome === 'client_aborted' && (error === undefined || error.code === 'aborted')) {
    return { type: outcome, isFailure: false };
  }
  if (status >= 400 && status < 500) return undefined;
  return { type: error?.code ?? outcome, isFailure: true, ...(error && { message: error.message }) };
}

/**
 * Tells how a step failed. A request that was cancelled, because nobody waits for its response, has not.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
 */
export function stepError({ status, error }: StepEnd): SpanError | undefined {
  if (error === undefined || error.code === 'client_aborted' || error.code === 'client_stalled') return undefined;
  if (status !== undefined && status >= 400) return { type: `${status}`, isFailure: true };
  return { type: error.code === 'error' ? '_OTHER' : error.code, isFailure: true, message: error.message };
}

/** Writes how a span failed, if it did. */
export function setError({ SpanStatusCode }: Api, span: Span, error: SpanError | undefined): void {
  if (error === undefined) return;
  span.setAttribute('error.type', error.type);
  if (!error.isFailure) return;
  span.setStatus({ code: SpanStatusCode.ERROR, ...(error.message !== undefined && { message: error.message }) });
}

/**
 * Returns the status that the client got. Records have 499 where it left before one was sent.
 */
export function statusSent({ status, error, outcome }: TransferRecord): number | undefined {
  return status === 499 && outcome === 'client_aborted' && error === undefined ? undefined : status;
}
