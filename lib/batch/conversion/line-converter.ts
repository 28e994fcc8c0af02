import { isTurnOver, waitForTurn } from '../../transfer/event-loop/fair-turns';
import { customIdOfParts, type LineParts, partsOf } from '../dialects/oversized-row';
import { rowId } from '../dialects/row';
import { conversionThread } from './conversion-thread';
import { type ConvertedRow, convertLine, failedRow, type Reading } from './convert-line';
import { EmbeddingGroups, type JoinedRow } from './embedding-groups';
import { type CompletedLine, IncomingLine, SHORT_LINE_BYTES } from './incoming-line';
import { OutputBounds } from './output-bounds';

/** The default length of the longest line that is converted, in bytes (4 MiB). */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

const LINE_FEED = 0x0a;
/** Rows are passed on in batches of about this many bytes. */
const BATCH_BYTES = 64 * 1024;

/** The time of a turn is checked after this many blank lines. */
const BLANK_LINES = 1024;

/** Takes output. Returns a promise if the converter must wait before it makes more. */
export type WriteRows = (rows: string | Uint8Array) => Promise<void> | undefined;

export interface LineConverterOptions {
  readonly reading: Reading;
  readonly maxLineBytes: number;
  /** Aborted when the output is no longer wanted. */
  readonly signal: AbortSignal;
  readonly write: WriteRows;
}

/**
 * Converts JSONL line by line. At most one line is held, of at most `maxLineBytes`. Every line that is not blank
 * becomes one row; a line that cannot be read becomes an error row. Short lines are converted here, a few milliseconds
 * at a time, long ones on a separate thread.
 */
export class LineConverter {
  readonly #options: LineConverterOptions;
  readonly #held: IncomingLine;
  readonly #bounds = new OutputBounds();
  readonly #groups = new EmbeddingGroups();
  #lineNumber = 0;
  #rows = '';
  /** Rows that come after these. */
  #joined: Iterable<JoinedRow> | undefined;
  #isConverting = false;

  constructor(options: LineConverterOptions) {
    this.#options = options;
    this.#held = new IncomingLine(options.maxLineBytes, options.signal);
  }

  /** Writes the rows that `chunk` completes, each with its line feed. */
  async feed(chunk: Uint8Array): Promise<void> {
    const { maxLineBytes } = this.#options;
    this.#bounds.read(chunk.length);
    await this.#pause();
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const bytes = chunk.subarray(start, end);
      start = end + 1;
      if (this.#held.isEmpty && bytes.length <= Math.min(SHORT_LINE_BYTES, maxLineBytes)) {
        this.#lineNumber += 1;
        if (bytes.length === 0 && this.#lineNumber % BLANK_LINES !== 0) continue;
        this.#convertShort(bytes);
      } else {
        await this.#held.add(bytes);
        await this.#complete();
      }
      if (this.#joined !== undefined) await this.#passJoined();
      if (this.#rows.length >= BATCH_BYTES || isTurnOver()) await this.#pause();
    }
    await this.#held.add(chunk.subarray(start));
    await this.#pass();
  }

  /** Writes the last row if the file does not end with a line feed, and the remaining rows about the whole file. */
  async end(): Promise<void> {
    if (!this.#held.isEmpty) await this.#complete();
    await this.#passJoined();
    this.#joined = this.#groups.end();
    await this.#passJoined();
    this.#rows += this.#bounds.summary();
    await this.#pass();
  }

  /** Releases all memory. Needed if the conversion was not finished. */
  release(): void {
    // The thread uses the line until it is converted.
    if (!this.#isConverting) this.#held.release();
  }

  async #complete(): Promise<void> {
    this.#lineNumber += 1;
    const { bytes, parts }: CompletedLine = this.#held.complete();
    try {
      if (bytes === undefined) this.#add(this.#tooLong(parts));
      else if (bytes.length > SHORT_LINE_BYTES) await this.#convertLong(bytes);
      else this.#convertShort(bytes);
    } finally {
      this.#held.release();
    }
  }

  #convertShort(bytes: Uint8Array): void {
    if (this.#bounds.omits(this.#lineNumber, bytes)) return;
    this.#add(convertLine({ bytes, number: this.#lineNumber }, this.#options.reading));
  }

  async #convertLong(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { reading, signal } = this.#options;
    await this.#pass();
    const parts = partsOf(bytes);
    const line = { bytes, number: this.#lineNumber };
    try {
      this.#isConverting = true;
      const answer = await conversionThread.convert({ line, reading }, signal).finally(() => {
        this.#isConverting = false;
        this.#held.release();
      });
      signal.throwIfAborted();
      if (answer === undefined) this.#add(convertLine(line, reading));
      else if (answer.part !== undefined && answer.text !== undefined) {
        const text = Buffer.from(answer.text.buffer).toString();
        this.#add({ text, isAnonymous: false, part: answer.part });
      } else if (answer.text !== undefined && this.#admits(answer.text.length, answer.isAnonymous)) {
        for (let at = 0; at < answer.text.length; at += BATCH_BYTES) {
          await this.#options.write(answer.text.subarray(at, at + BATCH_BYTES));
        }
      }
    } catch {
      signal.throwIfAborted();
      const customId = customIdOfParts(parts, reading.dialect);
      const message = `Line ${this.#lineNumber} of the provider's file could not be converted.`;
      this.#add(failedRow(rowId(Buffer.from(message)), 'invalid_row', message, customId));
    }
  }

  #tooLong(parts: LineParts): ConvertedRow {
    const message = `Line ${this.#lineNumber} is longer than ${this.#options.maxLineBytes} bytes.`;
    const customId = customIdOfParts(parts, this.#options.reading.dialect);
    return failedRow(rowId(Buffer.from(message)), 'row_too_long', message, customId);
  }

  #add(row: ConvertedRow | undefined): void {
    if (row?.part !== undefined) this.#joined = this.#groups.add(row.part, row.text);
    else if (row !== undefined && this.#admits(row.text.length, row.isAnonymous)) this.#rows += `${row.text}\n`;
  }

  #admits(length: number, isAnonymous: boolean): boolean {
    return this.#bounds.admits(this.#lineNumber, length, isAnonymous);
  }

  /** A row may be as long as all that may wait, and there may be thousands. */
  async #passJoined(): Promise<void> {
    const joined = this.#joined ?? [];
    this.#joined = undefined;
    for (const row of joined) {
      if (
        !this.#admits(
          row.reduce((sum, piece) => sum + piece.length, 0),
          false,
        )
      )
        continue;
      for (const piece of row) {
        this.#rows += piece;
        if (this.#rows.length >= BATCH_BYTES || isTurnOver()) await this.#pause();
      }
      this.#rows += '\n';
    }
  }

  async #pass(): Promise<void> {
    const rows = this.#rows;
    this.#rows = '';
    if (rows !== '') await this.#options.write(rows);
  }

  async #pause(): Promise<void> {
    await this.#pass();
    if (!isTurnOver()) return;
    await new Promise<void>(waitForTurn);
    this.#options.signal.throwIfAborted();
  }
}
