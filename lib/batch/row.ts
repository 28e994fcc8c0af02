import { createHash } from 'node:crypto';
import { ownMembers } from '../values/own-members';

/** One line of a batch's output file, as OpenAI's Batch API writes it. */
export interface BatchRow {
  id: string;
  custom_id: string | null;
  response: { status_code: number; request_id: string; body: unknown } | null;
  error: { code: string; message: string } | null;
}

/** What a provider's row says, before it is put into OpenAI's shape. */
export type RowContent =
  | { readonly customId: string | null; readonly requestId?: string | undefined; readonly body: unknown }
  | { readonly customId: string | null; readonly error: { readonly code: string; readonly message: string } };

/** What is known of the file besides its rows. */
export interface FileFacts {
  /** Unix seconds, 0 when unknown: `created` of rows that carry no time of their own. */
  readonly created: number;
}

/** Reads one provider's row, already parsed. */
export type ReadRow = (row: unknown, facts: FileFacts) => RowContent;

/** The same line always gets the same id: a repeated download is byte-identical. */
export function rowId(line: Uint8Array): string {
  return `batch_req_${createHash('sha256').update(line).digest('hex').slice(0, 24)}`;
}

function hasError(content: RowContent): content is Extract<RowContent, { readonly error: unknown }> {
  return Object.hasOwn(content, 'error');
}

export function toBatchRow(id: string, content: RowContent): BatchRow {
  if (hasError(content)) {
    const { code, message } = content.error;
    return { id, custom_id: content.customId, response: null, error: { code, message } };
  }
  const { customId, requestId = id, body } = ownMembers(content);
  return { id, custom_id: customId, response: { status_code: 200, request_id: requestId, body }, error: null };
}

export function errorRow(id: string, code: string, message: string, customId: string | null = null): BatchRow {
  return toBatchRow(id, { customId, error: { code, message } });
}
