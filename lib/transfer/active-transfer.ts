import type { Delivery, TransferStart } from './record';

/**
 * The state of an active transfer: `resolving` until the resolver has named a provider, including any wait behind
 * another response on a pipelined connection; `waiting` for the provider, in buffered delivery for the whole file;
 * `sending` the response; `paused` while bytes wait for the client; `resuming` a body that was cut off.
 */
export type TransferPhase = 'resolving' | 'waiting' | 'sending' | 'paused' | 'resuming';

/** Describes a transfer that has no outcome yet, as it was when `active()` was called. */
export interface ActiveTransfer extends Omit<TransferStart, 'provider' | 'delivery'> {
  /** The name of the provider. Absent while the transfer is `resolving`. */
  readonly provider?: string;
  /** How bytes will reach the client. Absent while the transfer is `resolving`. */
  readonly delivery?: Delivery;
  /** The bytes of the body that were written to the client's connection so far. */
  readonly bytesSent: number;
  /**
   * The declared length of this response's body, in bytes. Absent if no length is declared, or none is known yet.
   */
  readonly bytesExpected?: number;
  /** The state of the transfer. */
  readonly phase: TransferPhase;
  /** The time since the request arrived, in milliseconds. */
  readonly ageMs: number;
}
