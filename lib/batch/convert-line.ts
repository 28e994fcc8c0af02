import { isUtf8 } from 'node:buffer';
import { type Dialect, readRow } from './dialects';
import { stringifyJSON } from './number-list';
import { parseJSON } from './parse-json';
import { customIdOfParts, partsOf } from './partial-row';
import { errorRow, type FileFacts, rowId, toOpenAIRow } from './row';

/** One line of a provider's file, and what is known of it. */
export interface Line {
  readonly bytes: Uint8Array;
  /** Counted from 1. */
  readonly number: number;
}

/** How the lines of a file are read. */
export interface Reading {
  readonly dialect: Dialect;
  readonly facts: FileFacts;
}

/** A row of the output, without a line feed. */
export interface ConvertedRow {
  readonly text: string;
  /** An error that names no `custom_id`: its reader cannot tell to which request it belongs. */
  readonly isAnonymous: boolean;
}

/** A row may be so much longer than its line: arguments of tools are escaped once more, and a short line gets a frame. */
const GROWTH = 2;
const GROWTH_BYTES = 64 * 1024;

const BYTE_ORDER_MARK = 0xfeff;

/** Converts one line; undefined for a blank one. Never throws: what cannot be converted is a row with an error. */
export function convertLine({ bytes, number }: Line, { dialect, facts }: Reading): ConvertedRow | undefined {
  let row: unknown;
  try {
    const text = decode(bytes);
    if (text.trim() === '') return undefined;
    row = parseJSON(text, { keepsLists: true });
  } catch {
    const message = `Line ${number} of the provider's file is not JSON.`;
    return failedRow(rowId(bytes), 'invalid_json', message, null);
  }
  let customId: string | null | undefined;
  try {
    const content = readRow(dialect, row, facts);
    customId = content.customId;
    const text = stringifyJSON(toOpenAIRow(rowId(bytes), content));
    if (text.length <= GROWTH * bytes.length + GROWTH_BYTES) {
      return { text, isAnonymous: content.error !== null && customId === null };
    }
  } catch {
    customId ??= customIdOfParts(partsOf(bytes), dialect);
  }
  return failedRow(
    rowId(bytes),
    'invalid_row',
    `Line ${number} of the provider's file could not be converted.`,
    customId,
  );
}

/** A byte order mark is dropped. @throws TypeError where the bytes are not UTF-8 */
function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new TypeError('The line is not UTF-8.');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** The row of a line that could not be converted. */
export function failedRow(id: string, code: string, message: string, customId: string | null): ConvertedRow {
  return { text: JSON.stringify(errorRow(id, code, message, customId)), isAnonymous: customId === null };
}
