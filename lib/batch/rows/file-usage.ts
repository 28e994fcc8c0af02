import type { BatchUsage } from '../../transfer/observers/usage';
import { MAX_LINE_BYTES, UsageReader } from './usage-reader';

const OPENING_BRACE = 0x7b;
/** The white space of JSON, and the bytes of a byte order mark. */
const WHITE_SPACE = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf]);

/**
 * Counts the usage in a file of any kind. Its beginning and its first row decide whether it is a batch's output;
 * nothing more is read of other files.
 */
export class FileUsage {
  readonly #reader = new UsageReader(MAX_LINE_BYTES);
  #isForeign: boolean | undefined;

  /** Reads the next bytes. */
  chunk(bytes: Uint8Array): void {
    if (this.#isForeign === undefined) {
      const first = bytes.find((byte) => !WHITE_SPACE.has(byte));
      if (first !== undefined) this.#isForeign = first !== OPENING_BRACE;
    }
    if (this.#isForeign === true) return;
    this.#reader.add(bytes);
    this.#isForeign = this.#reader.isForeign;
  }

  /** Ends the file. @returns undefined if it is not a batch's output */
  result(isWhole: boolean): BatchUsage | undefined {
    const usage = this.#reader.end(isWhole);
    return this.#reader.isBatch ? usage : undefined;
  }
}
