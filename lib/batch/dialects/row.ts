import { hash } from 'node:crypto';
import type { TokenUsage } from '../../transfer/observers/usage';
import { ownMember, ownMembers } from '../../values/own-members';
import type { BodyFacts } from '../bodies/chat-completion';
import { providerFields } from '../bodies/provider-fields';
import { type JSONObject, member, numberOf, textOf } from '../json/json-value';
import { isRawNumber } from '../json/raw-number';
import { tokenUsageOf } from './token-usage';

/** One line of a batch's output file, as OpenAI's Batch API writes it. */
export interface OpenAIRow {
  id: string;
  custom_id: string | null;
  response: { status_code: number; request_id: string; body: unknown } | null;
  error: { code: string; message: string } | null;
}

/** Why a request of a batch failed. */
export interface RowError {
  readonly code: string;
  readonly message: string;
}

/** The result of one request, as a provider's row tells it. */
export interface RowContent {
  readonly customId: string | null;
  /**
   * The HTTP status; 200 for a result that names none, null for a failure that had none, such as an expired request.
   */
  readonly status: number | null;
  /**
   * The body in OpenAI's shape. For a failure with a status `{ error: { message, type, param, code } }`, for other
   * failures null.
   */
  readonly body: unknown;
  /** Set if the request failed, with or without a status. */
  readonly error: RowError | null;
  /** The provider's id of the response. */
  readonly requestId?: string | undefined;
}

/** A row's content with the model and the usage from its body. */
export interface RowResult extends RowContent {
  readonly model?: string | undefined;
  /** Undefined if the body has no token counts. */
  readonly usage?: TokenUsage | undefined;
}

/** Facts about a file and its rows that are not in the rows. */
export interface FileFacts {
  /** The time of rows that have none, in Unix seconds; 0 if unknown. */
  readonly created: number;
  /** The model of rows that name none. Defaults to `unknown`. */
  readonly model?: string | undefined;
  /** This package's id of the row, from which missing ids are derived. Defaults to the client's id. */
  readonly rowId?: string | undefined;
}

/** Makes the facts for the converter of a body. */
export function bodyFacts(
  facts: FileFacts,
  customId: string | null,
  row: { readonly created?: number | undefined; readonly model?: string | undefined } = {},
): BodyFacts {
  return {
    created: ownMember(row, 'created') ?? facts.created,
    model: ownMember(row, 'model') ?? ownMember(facts, 'model') ?? UNKNOWN,
    key: customId ?? ownMember(facts, 'rowId') ?? UNKNOWN,
  };
}

/** Reads a parsed row of one provider. */
export type ReadRow = (row: unknown, facts: FileFacts) => RowContent;

/** Makes the content of a request that succeeded. */
export function succeeded(customId: string | null, body: unknown, requestId?: string): RowContent {
  return { customId, status: 200, body, error: null, requestId };
}

/** Makes the content of a request that failed with an HTTP status. OpenAI then writes the error into the body. */
export function refused(
  customId: string | null,
  status: number,
  error: RowError,
  type: string,
  rest?: JSONObject,
): RowContent {
  const { code, message } = error;
  const body = { error: { message, type, param: null, code, ...providerFields(rest) } };
  return { customId, status, body, error };
}

/** Makes the content of a request that failed without an HTTP status: it expired, or its row cannot be read. */
export function failed(customId: string | null, code: string, message: string): RowContent {
  return { customId, status: null, body: null, error: { code, message } };
}

/** Adds the model and the usage to a row's content. */
export function toResult(content: RowContent): RowResult {
  const model = textOf(member(content.body, 'model'));
  return { ...content, model: model === UNKNOWN ? undefined : model, usage: tokenUsageOf(content.body) };
}

/** The placeholder for an id or a model that the provider's row does not name. */
export const UNKNOWN = 'unknown';

/** Makes the id of a row from its line, so that repeated downloads are identical. */
export function rowId(line: Uint8Array): string {
  return `batch_req_${hash('sha256', line).slice(0, 24)}`;
}

/** Writes a row's content in the shape of OpenAI's Batch API. */
export function toOpenAIRow(id: string, content: RowContent): OpenAIRow {
  const { customId, status, body, error, requestId = id } = ownMembers(content);
  if (status === null) return { id, custom_id: customId, response: null, error: error && { ...error } };
  return { id, custom_id: customId, response: { status_code: status, request_id: requestId, body }, error: null };
}

/** Makes the row for a line that could not be read. */
export function errorRow(id: string, code: string, message: string, customId: string | null = null): OpenAIRow {
  return toOpenAIRow(id, failed(customId, code, message));
}

/** Reads the id that the client chose. Providers return the value from the request's row, which may be a number. */
export function customIdFrom(row: unknown, names: readonly string[]): string | null {
  for (const name of names) {
    const id = member(row, name);
    if (typeof id === 'string') return id;
    if (typeof id === 'number') return String(id);
    if (isRawNumber(id)) return id.rawJSON;
  }
  return null;
}

/** Reads a provider's error object. The names of its members differ between providers. */
export function errorOf(error: JSONObject, fallback: string): RowError {
  const code = member(error, 'code') ?? member(error, 'status');
  return {
    code: textOf(code) ?? numberOf(code)?.toString() ?? 'error',
    message: textOf(member(error, 'message')) ?? fallback,
  };
}
