import { mistake } from '../../values/mistakes';
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
 * Reads a model-encoded id. An id that differs in any character from what {@link encodeModelFileId} writes is an
 * ordinary id. The prefix may also be `batch_` if the original id has neither prefix.
 *
 * These ids are not signed, so the result is the client's claim: check the file id, and whether the caller may use the
 * model.
 *
 * @returns undefined for an ordinary id; never throws.
 */
export function decodeModelFileId(id: string): ModelFileId | undefined {
  const text = decodeText(id);
  if (text === undefined || !text.startsWith(MODEL_START)) return undefined;
  // The last separator counts, so that an id may contain it; a model must not.
  const separator = text.lastIndexOf(MODEL_SEPARATOR);
  const fileId = text.slice(MODEL_START.length, Math.max(separator, 0));
  const model = text.slice(separator + MODEL_SEPARATOR.length);
  if (separator === -1 || fileId === '' || model === '') return undefined;
  const written = encodeModelFileId({ fileId, model });
  // For a batch whose original id has no prefix, LiteLLM writes `batch_`.
  const isOfBatch = !/^(?:file-|batch_)/.test(fileId) && id === written.replace(/^file-/, 'batch_');
  return id === written || isOfBatch ? { fileId, model } : undefined;
}

function decodeText(id: string): string | undefined {
  // JavaScript callers may pass anything.
  if (typeof id !== 'string') return undefined;
  const bytes = decodeBase64url(id.replace(PREFIX, ''));
  return bytes && decodeUtf8(bytes);
}
