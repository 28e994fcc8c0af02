import { member } from '../json/json-value';
import { parseJSON } from '../json/parse-json';
import { type Dialect, readRow } from './dialects';

/** The number of bytes at each end of a line that are examined. */
export const PART_BYTES = 64 * 1024;

/** Members that hold the id of a row, directly or in the labels of `request`. */
const ID_MEMBERS = ['custom_id', 'key', 'recordId', 'batch_request_id', 'request'] as const;

/** The two ends of a line that was too long to keep. */
export interface LineParts {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** Copies both ends of a line. */
export function partsOf(line: Uint8Array): LineParts {
  return { head: line.slice(0, PART_BYTES), tail: line.slice(-PART_BYTES) };
}

/** Finds the id of a row of which only the ends are known. `null` if it is in neither. */
export function customIdOfParts({ head, tail }: LineParts, dialect: Dialect): string | null {
  return idIn(closed(Buffer.from(head).toString()), dialect) ?? idInTail(Buffer.from(tail).toString(), dialect);
}

/**
 * Finds the id in the tail. The members from an id member to the end of the line belong to the row only if the text
 * ends with the row's brace.
 */
function idInTail(tail: string, dialect: Dialect): string | null {
  for (const name of ID_MEMBERS) {
    const at = tail.lastIndexOf(`"${name}"`);
    const id = at === -1 ? null : idIn(`{${tail.slice(at)}`, dialect);
    if (id !== null) return id;
  }
  return null;
}

function idIn(json: string, dialect: Dialect): string | null {
  try {
    const row: unknown = parseJSON(json);
    return readRow(dialect, Object.fromEntries(ID_MEMBERS.map((name) => [name, member(row, name)])), { created: 0 })
      .customId;
  } catch {
    return null;
  }
}

/** Cuts a JSON text after its last complete member and closes the open brackets. */
export function closed(text: string): string {
  const open: string[] = [];
  let end = 0;
  let closing = '';
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isInText) {
      if (character === '\\') at += 1;
      else if (character === '"') isInText = false;
      continue;
    }
    if (character === '"') isInText = true;
    else if (character === '{') open.push('}');
    else if (character === '[') open.push(']');
    else if (character === '}' || character === ']') open.pop();
    else if (character !== ',') continue;
    // Ids are not nested deeper, and closing deep nesting after each comma would take long.
    if (isInText || open.length > 4 || open.length === 0 || character === '{' || character === '[') continue;
    end = character === ',' ? at : at + 1;
    closing = open.toReversed().join('');
  }
  return text.slice(0, end) + closing;
}
