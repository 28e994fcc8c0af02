import { types } from 'node:util';
import { isTurnOver, waitForTurn } from '../../transfer/event-loop/fair-turns';
import type { BatchUsage } from '../../transfer/observers/usage';
import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { isObject, memberOf } from '../../values/own-members';
import { readOptions } from '../../values/read-options';
import { LineBuffer } from './line-buffer';
import { type BatchRow, type ReadLine, type RowFormat, RowReader, readFormat } from './row-reader';
import { UsageCounter } from './usage-counter';
import { checkMaxLineBytes } from './usage-reader';

/** A source of a batch's output: a stream, or an object with a stream as its `body`, such as a `Response`. */
export type BatchRowSource =
  | AsyncIterable<Uint8Array>
  | {
      /** The stream of bytes. For `null`, as in a response without a body, `batchRows` throws a `TypeError`. */
      readonly body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null;
    };

/** Options of {@link batchRows}. */
export interface BatchRowsOptions {
  /** The format of the rows. Defaults to `auto`: the first recognised row decides. */
  format?: RowFormat | undefined;
  /**
   * The longest line that is read, in bytes; a longer one is a row with an error. Defaults to `16_777_216` (16 MiB).
   */
  maxLineBytes?: number | undefined;
  /**
   * Called once, when the iteration ends or is left, with the usage of the rows that were returned. Defaults to none.
   */
  onUsage?: ((usage: BatchUsage) => void) | undefined;
}

const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * Reads the rows of a batch's output one by one, in constant memory and in one shape for every provider. A line that
 * cannot be read is a row with an error; blank lines are skipped. Leaving the loop closes the source.
 *
 * @throws TypeError at once for invalid options. During the iteration, the source's own error, so that an incomplete
 *   file never looks complete
 *
 * @example
 * for await (const row of batchRows(await client.files.content(batch.output_file_id))) {
 *   if (row.error) console.error(row.line, row.customId, row.error.message);
 *   else results.set(row.customId, row.body);
 * }
 */
export function batchRows(source: BatchRowSource, options: BatchRowsOptions = {}): AsyncIterable<BatchRow> {
  const given = readOptions('batchRows', options, { format: true, maxLineBytes: true, onUsage: true });
  const maxLineBytes = checkMaxLineBytes('batchRows', given.maxLineBytes, MAX_LINE_BYTES);
  const format = readFormat('batchRows', given.format);
  const { onUsage } = given;
  if (onUsage === undefined)
    return readRows(bytesOf(source), new RowReader(format, maxLineBytes, ignore), maxLineBytes);
  if (typeof onUsage !== 'function') throw invalidOption('batchRows', 'onUsage', 'a function', describeKind(onUsage));
  const counter = new UsageCounter();
  const reader = new RowReader(format, maxLineBytes, (row) => counter.add(row));
  return counted(readRows(bytesOf(source), reader, maxLineBytes), counter, onUsage);
}

async function* readRows(
  source: AsyncIterable<unknown>,
  reader: RowReader,
  maxLineBytes: number,
): AsyncGenerator<BatchRow, void, undefined> {
  const held = new LineBuffer(maxLineBytes);
  for await (const chunk of source) {
    const bytes = asBytes(chunk);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const piece = bytes.subarray(start, end);
      start = end + 1;
      let line: ReadLine = { bytes: piece };
      if (!held.isEmpty || piece.length > maxLineBytes) {
        held.add(piece);
        line = held.complete();
      }
      for (const row of reader.read(line)) {
        yield row;
        if (isTurnOver()) await new Promise<void>(waitForTurn);
      }
      if (isTurnOver()) await new Promise<void>(waitForTurn);
    }
    held.add(bytes.subarray(start));
  }
  if (!held.isEmpty) yield* reader.read(held.complete());
  for (const row of reader.end()) {
    yield row;
    if (isTurnOver()) await new Promise<void>(waitForTurn);
  }
}

async function* counted(
  rows: AsyncIterable<BatchRow>,
  counter: UsageCounter,
  onUsage: (usage: BatchUsage) => void,
): AsyncGenerator<BatchRow, void, undefined> {
  try {
    yield* rows;
  } finally {
    onUsage(counter.result());
  }
}

function ignore(): void {}

function bytesOf(source: unknown): AsyncIterable<unknown> {
  if (isIterable(source)) return source;
  const body = isObject(source) ? memberOf(source, 'body') : undefined;
  if (isIterable(body)) return body;
  const expected = 'a stream of bytes, or an object with one as its "body"';
  throw invalidOption('batchRows', 'source', expected, describeKind(source));
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}

function asBytes(chunk: unknown): Buffer {
  if (!types.isUint8Array(chunk)) {
    throw invalidOption('batchRows', 'source', 'a stream of Uint8Arrays', `a stream of ${describeKind(chunk)}`);
  }
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
