import { decodeBase64url, decodeUtf8, encodeBase64url } from './base64url';

/** The parts of a model-encoded id. */
export interface ModelFileId {
  /** The provider's own id of the file. */
  readonly fileId: string;
  /** The model whose deployment holds the file. */
  readonly model: string;
}

/** The parts of a unified ("managed") id. Only the gateway's own records tell where such a file is and who owns it. */
export interface UnifiedFileId {
  /** The media type of the file, as LiteLLM wrote it. */
  readonly mimeType: string;
  /** The gateway's own id of the file. */
  readonly unifiedId: string;
  /** The models that the file was uploaded for. May be empty. */
  readonly targetModelNames: readonly string[];
  /** The provider's id of a model's output file, as LiteLLM wrote it; `None` where there is none. */
  readonly outputFileId: string;
  /** The id of the deployment that made a model's output file; `None` where there is none. */
  readonly outputFileModelId: string;
}

const MODEL_START = 'litellm:';
const MODEL_SEPARATOR = ';model,';
const PREFIX = /^(?:file-|batch_)/;

// UTF-8 cannot write one, so that it would come back as another character.
const LONE_SURROGATE = /\p{Surrogate}/u;

function requireText(what: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '' || LONE_SURROGATE.test(value)) {
    throw new TypeError(`${what} must be a non-empty string of well-formed Unicode, got ${JSON.stringify(value)}`);
  }
}

/**
 * Writes a model-encoded id, as LiteLLM does: `file-` (or `batch_`, as the original) and the unpadded base64url of
 * `litellm:<file id>;model,<model>`. Nothing in it is secret or signed; `fileIdCodec` makes ids that are.
 *
 * @throws TypeError for an empty member, and for a model with `;model,` in it, which could not be read back.
 *
 * @example
 * encodeModelFileId({ fileId: 'file-abc123', model: 'gpt-4o-litellm' });
 * // 'file-bGl0ZWxsbTpmaWxlLWFiYzEyMzttb2RlbCxncHQtNG8tbGl0ZWxsbQ'
 */
export function encodeModelFileId({ fileId, model }: ModelFileId): string {
  requireText('encodeModelFileId: "fileId"', fileId);
  requireText('encodeModelFileId: "model"', model);
  if (model.includes(MODEL_SEPARATOR)) {
    throw new TypeError(`encodeModelFileId: "model" must not contain ${JSON.stringify(MODEL_SEPARATOR)}`);
  }
  const prefix = fileId.startsWith('batch_') ? 'batch_' : 'file-';
  return prefix + encodeBase64url(`${MODEL_START}${fileId}${MODEL_SEPARATOR}${model}`);
}

/**
 * Reads a model-encoded id. Strict: an id that {@link encodeModelFileId} would not have written, to the last character,
 * is an ordinary id.
 *
 * Such ids are unsigned. What comes out is the client's word: check the file id and whether the caller may use the model.
 *
 * @returns undefined for an ordinary id; never throws.
 */
export function decodeModelFileId(id: string): ModelFileId | undefined {
  const text = decodeText(id, PREFIX);
  if (text === undefined || !text.startsWith(MODEL_START)) return undefined;
  // The last separator, so that an id may hold anything; only a model may not.
  const separator = text.lastIndexOf(MODEL_SEPARATOR);
  const fileId = text.slice(MODEL_START.length, Math.max(separator, 0));
  const model = text.slice(separator + MODEL_SEPARATOR.length);
  if (separator === -1 || fileId === '' || model === '') return undefined;
  return encodeModelFileId({ fileId, model }) === id ? { fileId, model } : undefined;
}

const UNIFIED =
  /^litellm_proxy:([^;]+);unified_id,([^;]+);target_model_names,([^;]*);llm_output_file_id,([^;]+);llm_output_file_model_id,([^;]+)$/;

/**
 * Writes a unified id, as LiteLLM does: the unpadded base64url, without a prefix, of `litellm_proxy:` and five fields.
 *
 * @throws TypeError for an empty member or one with a separator in it.
 */
export function encodeUnifiedFileId(unified: UnifiedFileId): string {
  const { mimeType, unifiedId, targetModelNames, outputFileId, outputFileModelId } = unified;
  for (const [name, value] of Object.entries({ mimeType, unifiedId, outputFileId, outputFileModelId })) {
    requireField(`encodeUnifiedFileId: "${name}"`, value, ';');
  }
  for (const name of targetModelNames) requireField('encodeUnifiedFileId: a target model name', name, ',;');
  return encodeBase64url(
    `litellm_proxy:${mimeType};unified_id,${unifiedId};target_model_names,${targetModelNames.join(',')}` +
      `;llm_output_file_id,${outputFileId};llm_output_file_model_id,${outputFileModelId}`,
  );
}

/**
 * Reads a unified id. Strict like {@link decodeModelFileId}, and as unsigned: look its `unifiedId`, or the id itself, up
 * in the gateway's records, and believe those.
 *
 * @returns undefined for an ordinary id; never throws.
 */
export function decodeUnifiedFileId(id: string): UnifiedFileId | undefined {
  const match = UNIFIED.exec(decodeText(id) ?? '');
  if (!match) return undefined;
  const [, mimeType = '', unifiedId = '', names = '', outputFileId = '', outputFileModelId = ''] = match;
  const targetModelNames = names === '' ? [] : names.split(',');
  if (targetModelNames.includes('')) return undefined;
  return { mimeType, unifiedId, targetModelNames, outputFileId, outputFileModelId };
}

function requireField(what: string, value: string, separators: string): void {
  requireText(what, value);
  for (const separator of separators) {
    if (value.includes(separator))
      throw new TypeError(`${what} must not contain "${separator}", got ${JSON.stringify(value)}`);
  }
}

function decodeText(id: string, prefix?: RegExp): string | undefined {
  // Callers may be JavaScript, and an id comes from outside.
  if (typeof id !== 'string') return undefined;
  const bytes = decodeBase64url(prefix ? id.replace(prefix, '') : id);
  return bytes && decodeUtf8(bytes);
}
