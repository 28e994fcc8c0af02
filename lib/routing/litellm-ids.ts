import { mistake } from '../values/mistakes';
import { decodeBase64url, decodeUtf8, encodeBase64url, requireUnicode } from './base64url';

/** The parts of a model-encoded id. */
export interface ModelFileId {
  /** The provider's own id of the file. */
  readonly fileId: string;
  /** The model whose deployment holds the file. */
  readonly model: string;
}

const MODEL_START = 'litellm:';
const MODEL_SEPARATOR = ';model,';
const PREFIX = /^(?:file-|batch_)/;

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
  requireUnicode('encodeModelFileId', 'fileId', fileId);
  requireUnicode('encodeModelFileId', 'model', model);
  if (model.includes(MODEL_SEPARATOR)) {
    const problem = `"model" must not contain ${JSON.stringify(MODEL_SEPARATOR)}`;
    throw mistake('encodeModelFileId', problem, 'invalid-option');
  }
  const prefix = fileId.startsWith('batch_') ? 'batch_' : 'file-';
  return prefix + encodeBase64url(`${MODEL_START}${fileId}${MODEL_SEPARATOR}${model}`);
}

/**
 * Reads a model-encoded id. Strict: an id that {@link encodeModelFileId} would not have written, to the last character,
 * is an ordinary id. The prefix may be `batch_` as well where the original id has neither prefix.
 *
 * Such ids are unsigned. What comes out is the client's word: check the file id and whether the caller may use the
 * model.
 *
 * @returns undefined for an ordinary id; never throws.
 */
export function decodeModelFileId(id: string): ModelFileId | undefined {
  const text = decodeText(id);
  if (text === undefined || !text.startsWith(MODEL_START)) return undefined;
  // The last separator, so that an id may hold anything; only a model may not.
  const separator = text.lastIndexOf(MODEL_SEPARATOR);
  const fileId = text.slice(MODEL_START.length, Math.max(separator, 0));
  const model = text.slice(separator + MODEL_SEPARATOR.length);
  if (separator === -1 || fileId === '' || model === '') return undefined;
  const written = encodeModelFileId({ fileId, model });
  // LiteLLM gives a batch of a provider whose ids have no prefix that of a batch.
  const isOfBatch = !/^(?:file-|batch_)/.test(fileId) && id === written.replace(/^file-/, 'batch_');
  return id === written || isOfBatch ? { fileId, model } : undefined;
}

function decodeText(id: string): string | undefined {
  // Callers may be JavaScript, and an id comes from outside.
  if (typeof id !== 'string') return undefined;
  const bytes = decodeBase64url(id.replace(PREFIX, ''));
  return bytes && decodeUtf8(bytes);
}
