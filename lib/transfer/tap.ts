import type { TransferRecord } from './record';

/**
 * Looks on while content is given to the client: a counter, a checksum, a parser. It changes nothing, and what it throws
 * harms nothing. Make a new one for each transfer.
 */
export interface Tap {
  /** Called with the bytes of the content in order, while they are given to the client. They are reused: copy what is kept. */
  chunk(bytes: Uint8Array): void;
  /** Called once, with the transfer's record. `complete: 'no'` says that the client did not get the whole content. */
  end?: ((record: TransferRecord) => void) | undefined;
}
