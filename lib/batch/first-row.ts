import { type Dialect, isRowOf } from './dialects/dialects';
import { closed } from './dialects/oversized-row';

/** The most bytes of a first row to wait for. They are held in memory while nothing is sent. */
const LONGEST_FIRST_ROW = 1024 * 1024;

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;
/** The white space of JSON, and the bytes of a byte order mark. */
const BLANK = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf]);

/** The number of bytes of a longer first row that are examined. */
const HEAD_BYTES = 64 * 1024;

/** The first member of a row that is too long to wait for, as all providers write them. */
const FIRST_MEMBER =
  /^\{\s*(?:"status"\s*:\s*"",\s*)?"(?:recordId|model(?:In|Out)put|request|response|instance|key|custom_id)"\s*:/;

/** Tells whether the beginning of a file is enough to decide whether the file is a batch's output. */
export function hasFirstRow(start: Uint8Array): boolean {
  const begin = beginOf(start);
  if (begin === -1) return start.length > LONGEST_FIRST_ROW;
  return start[begin] !== OPENING_BRACE || start.length > LONGEST_FIRST_ROW || start.indexOf(LINE_FEED, begin) !== -1;
}

/**
 * Tells by its first row whether a file is the output of a batch. Images, documents and a batch's input have no such
 * row.
 *
 * @param start the file's beginning, or all of it
 */
export function isBatchOutput(dialect: Dialect, start: Uint8Array): boolean {
  const begin = beginOf(start);
  if (begin === -1 || start[begin] !== OPENING_BRACE) return false;
  const lineFeed = start.indexOf(LINE_FEED, begin);
  const line = start.subarray(begin, lineFeed === -1 ? start.length : lineFeed);
  if (lineFeed !== -1 || line.length <= LONGEST_FIRST_ROW) return isRowOf(dialect, parsed(textOf(line)));
  const head = textOf(line.subarray(0, HEAD_BYTES));
  return isRowOf(dialect, parsed(closed(head))) || FIRST_MEMBER.test(head);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function beginOf(start: Uint8Array): number {
  return start.findIndex((byte) => !BLANK.has(byte));
}
