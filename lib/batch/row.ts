import { hash } from 'node:crypto';
import { ownMember, ownMembers } from '../values/own-members';
import type { BodyFacts } from './bodies/chat-completion';
import { providerFields } from './bodies/provider-fields';
import { type JSONObject, member, numberOf, textOf } from './json-value';
import { isRawNumber } from './raw-number';
import { type TokenUsage, tokenUsageOf } from './token-usage';

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

/** What a provider's row says of one request. */
export interface RowContent {
  readonly customId: string | null;
  /**
   * The HTTP status; 200 for a result that names none, null for a failure that had none, such as an expired request.
   */
  readonly status: number | null;
  /** In OpenAI's shape; of a failure with a status `{ error: { message, type, param, code } }`; else null. */
  readonly body: unknown;
  /** Set where the request failed, with or without a status. */
  readonly error: RowError | null;
  /** The provider's id of the response. */
  readonly requestId?: string | undefined;
}

/** A row's content with what is read out of its body. */
export interface RowResult extends RowContent {
  readonly model?: string | undefined;
  /** Undefined where the body counts no tokens. */
  readonly usage?: TokenUsage | undefined;
}

/** What is known of the file besides its rows, and of a row besides its content. */
export interface FileFacts {
  /** Unix seconds, 0 when unknown: `created` of rows that carry no time of their own. */
  readonly created: number;
  /** The model of rows that name none. Defaults to `unknown`. */
  readonly model?: string | undefined;
  /** The id that this package gives the row. Ids that nobody gave are made of it. Defaults to the client's id. */
  readonly rowId?: string | undefined;
}

/** What a converter of a body is told. */
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

/** Reads one provider's row, already parsed. */
export type ReadRow = (row: unknown, facts: FileFacts) => RowContent;

/** A request that succeeded. */
export function succeeded(customId: string | null, body: unknown, requestId?: string): RowContent {
  return { customId, status: 200, body, error: null, requestId };
}

/** A request that failed with an HTTP status: OpenAI writes the error into the body then. */
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

/** A request that failed without HTTP: it expired, or the row cannot be read. */
export function failed(customId: string | null, code: string, message: string): RowContent {
  return { customId, status: null, body: null, error: { code, message } };
}

/** Adds the model and the usage to a row's content. */
export function toResult(content: RowContent): RowResult {
  const model = textOf(member(content.body, 'model'));
  return { ...content, model: model === UNKNOWN ? undefined : model, usage: tokenUsageOf(content.body) };
}

/** Stands for an id or a model that the provider's row does not name. */
export const UNKNOWN = 'unknown';

/** The same line always gets the same id: a repeated download is byte-identical. */
export function rowId(line: Uint8Array): string {
  return `batch_req_${hash('sha256', line).slice(0, 24)}`;
}

/** Writes a row's content in the shape of OpenAI's Batch API. */
export function toOpenAIRow(id: string, content: RowContent): OpenAIRow {
  const { customId, status, body, error, requestId = id } = ownMembers(content);
  if (status === null) return { id, custom_id: customId, response: null, error: error && { ...error } };
  return { id, custom_id: customId, response: { status_code: status, request_id: requestId, body }, error: null };
}

/** The row of a line that could not be read. */
export function errorRow(id: string, code: string, message: string, customId: string | null = null): OpenAIRow {
  return toOpenAIRow(id, failed(customId, code, message));
}

/** An id that the client chose. Providers hand on what the request's row held, so it may be a number. */
export function customIdFrom(row: unknown, names: readonly string[]): string | null {
  for (const name of names) {
    const id = member(row, name);
    if (typeof id === 'string') return id;
    if (typeof id === 'number') return String(id);
    if (isRawNumber(id)) return id.rawJSON;
  }
  return null;
}

/** A provider's error object, whose members have different names. */
export function errorOf(error: JSONObject, fallback: string): RowError {
  const code = member(error, 'code') ?? member(error, 'status');
  return {
    code: textOf(code) ?? numberOf(code)?.toString() ?? 'error',
    message: textOf(member(error, 'message')) ?? fallback,
  };
}
