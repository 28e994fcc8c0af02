import { isUtf8 } from 'node:buffer';
import { type Dialect, readRow } from '../dialects/dialects';
import { isOpenAIRow } from '../dialects/openai-row';
import { customIdOfParts, partsOf } from '../dialects/oversized-row';
import { errorRow, type FileFacts, rowId, toOpenAIRow } from '../dialects/row';
import { stringifyJSON } from '../json/number-list';
import { parseJSON } from '../json/parse-json';
import type { EmbeddingPart } from './embedding-groups';
import { partOf } from './embedding-part';

/** A line of a provider's file. */
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
  /** Whether the row is an error without a `custom_id`, which belongs to no known request. */
  readonly isAnonymous: boolean;
  /** Set if the row is one of several that make one row of OpenAI. `text` is then its part. */
  readonly part: EmbeddingPart | undefined;
}

/**
 * The bound of a row's length compared with its line: text may occur twice, arguments are escaped once more, and
 * members are added.
 */
const GROWTH = 3;
const GROWTH_BYTES = 64 * 1024;

const BYTE_ORDER_MARK = 0xfeff;

/** Converts one line. Undefined for a blank one. Never throws: a line that cannot be converted becomes an error row. */
export function convertLine({ bytes, number }: Line, { dialect, facts }: Reading): ConvertedRow | undefined {
  const id = rowId(bytes);
  let row: unknown;
  let line: string;
  try {
    line = decode(bytes).trim();
    if (line === '') return undefined;
    row = parseJSON(line, { keepsLists: true });
  } catch {
    return failedRow(id, 'invalid_json', `Line ${number} of the provider's file is not JSON.`, null);
  }
  let customId: string | null | undefined;
  try {
    const content = readRow(dialect, row, { ...facts, rowId: id });
    customId = content.customId;
    const part = dialect === 'vertex' ? partOf(row, content) : undefined;
    const text = isOpenAIRow(row) ? line : stringifyJSON(part?.vector ?? toOpenAIRow(id, content));
    if (text.length <= GROWTH * bytes.length + GROWTH_BYTES) {
      return { text, isAnonymous: content.error !== null && customId === null, part: part?.about };
    }
  } catch {
    customId ??= customIdOfParts(partsOf(bytes), dialect);
  }
  return failedRow(id, 'invalid_row', `Line ${number} of the provider's file could not be converted.`, customId);
}

/** Decodes a line without its byte order mark. @throws TypeError if the bytes are not UTF-8 */
function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new TypeError('The line is not UTF-8.');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** Makes the row for a line that could not be converted. */
export function failedRow(id: string, code: string, message: string, customId: string | null): ConvertedRow {
  return {
    text: JSON.stringify(errorRow(id, code, message, customId)),
    isAnonymous: customId === null,
    part: undefined,
  };
}
