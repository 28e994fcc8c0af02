import { describeValue } from '../../values/describe-value';
import { mistake } from '../../values/mistakes';
import { decodeBase64url, decodeUtf8, encodeBase64url, requireUnicode } from './base64url';

/** The parts of a unified ("managed") id. Only the gateway's own records say where such a file is and who owns it. */
export interface UnifiedFileId {
  /** The `Content-Type` of the upload, as LiteLLM wrote it: `text/plain; charset=utf-8`. May be empty. */
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

const START = 'litellm_proxy';
/**
 * The beginnings of the parts after the media type. A part may contain a `;`, but not the beginning of the next part.
 */
const UNIFIED_ID = ';unified_id,';
const MODEL_NAMES = ';target_model_names,';
const OUTPUT_FILE = ';llm_output_file_id,';
const OUTPUT_MODEL = ';llm_output_file_model_id,';

/**
 * Writes a unified id, as LiteLLM does: the unpadded base64url, without a prefix, of `litellm_proxy:` and five fields.
 *
 * @throws TypeError for an empty member (except `mimeType`) or one that holds the beginning of the next field.
 */
export function encodeUnifiedFileId(unified: UnifiedFileId): string {
  const { mimeType, unifiedId, targetModelNames, outputFileId, outputFileModelId } = unified;
  if (mimeType !== '') requireField('mimeType', mimeType, UNIFIED_ID);
  requireField('unifiedId', unifiedId, ';');
  for (const name of targetModelNames) {
    requireField('targetModelNames', name, ',');
    requireField('targetModelNames', name, OUTPUT_FILE);
  }
  requireField('outputFileId', outputFileId, OUTPUT_MODEL);
  requireUnicode('encodeUnifiedFileId', 'outputFileModelId', outputFileModelId);
  return encodeBase64url(
    `${START}:${mimeType}${UNIFIED_ID}${unifiedId}${MODEL_NAMES}${targetModelNames.join(',')}` +
      `${OUTPUT_FILE}${outputFileId}${OUTPUT_MODEL}${outputFileModelId}`,
  );
}

/**
 * Reads a unified id. It is as strict as `decodeModelFileId`, and the id is not signed either: look up its `unifiedId`,
 * or the id itself, in the gateway's records, and trust only those.
 *
 * @returns undefined for an ordinary id; never throws.
 */
export function decodeUnifiedFileId(id: string): UnifiedFileId | undefined {
  return parseUnified(decodeText(id));
}

/** The parts of any id that LiteLLM's proxy issues. */
export interface OwnFileId extends UnifiedFileId {
  /** The decoded text, which begins with `litellm_proxy`. */
  readonly text: string;
}

const NOTHING: UnifiedFileId = Object.freeze({
  mimeType: '',
  unifiedId: '',
  targetModelNames: Object.freeze([]),
  outputFileId: '',
  outputFileModelId: '',
});

const PASS_THROUGH = /^litellm_proxy:passthrough;provider:[^;]*;unified_id,([^;]+);raw_id,(.+)$/s;

/**
 * Reads any id that the proxy issues, including those of batches and pass-through routes.
 *
 * @returns undefined for an id in another spelling than the one that was issued
 */
export function readOwnId(id: string): OwnFileId | undefined {
  const text = decodeText(id);
  if (text === undefined || !text.startsWith(START)) return undefined;
  const unified = parseUnified(text);
  if (unified !== undefined) return { ...unified, text };
  const [, unifiedId, outputFileId] = PASS_THROUGH.exec(text) ?? [];
  if (unifiedId === undefined || outputFileId === undefined) return { ...NOTHING, text };
  return { ...NOTHING, unifiedId, outputFileId, text };
}

/**
 * Tells whether an id could be read as one of the proxy's own. LiteLLM's decoder ignores padding and characters outside
 * of the alphabet. Such a spelling is in no record, and must not be sent to a provider either.
 */
export function looksLikeOwnId(id: string): boolean {
  return [id, id.replace(/^(?:file-|batch_)/, '')].some((text) =>
    Buffer.from(text, 'base64url').toString('latin1').startsWith(START),
  );
}

function parseUnified(text: string | undefined): UnifiedFileId | undefined {
  if (text === undefined || !text.startsWith(`${START}:`)) return undefined;
  const [mimeType, afterType] = cut(text.slice(START.length + 1), UNIFIED_ID);
  const [unifiedId, afterId] = cut(afterType, MODEL_NAMES);
  const [names, afterNames] = cut(afterId, OUTPUT_FILE);
  const [outputFileId, outputFileModelId] = cut(afterNames, OUTPUT_MODEL);
  if (!unifiedId || unifiedId.includes(';') || !outputFileId || !outputFileModelId) return undefined;
  const targetModelNames = names === '' ? [] : (names?.split(',') ?? []);
  if (mimeType === undefined || targetModelNames.includes('')) return undefined;
  return { mimeType, unifiedId, targetModelNames, outputFileId, outputFileModelId };
}

function cut(text: string | undefined, separator: string): readonly [string, string] | readonly [] {
  const at = text?.indexOf(separator) ?? -1;
  return text === undefined || at === -1 ? [] : [text.slice(0, at), text.slice(at + separator.length)];
}

function requireField(member: string, value: string, separator: string): void {
  requireUnicode('encodeUnifiedFileId', member, value);
  if (!value.includes(separator)) return;
  const problem = `"${member}" must not contain ${JSON.stringify(separator)}, got ${describeValue(value)}`;
  throw mistake('encodeUnifiedFileId', problem, 'invalid-option');
}

function decodeText(id: string): string | undefined {
  // JavaScript callers may pass anything.
  const bytes = typeof id === 'string' ? decodeBase64url(id) : undefined;
  return bytes && decodeUtf8(bytes);
}
