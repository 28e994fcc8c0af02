import { decodeUtf8 } from './base64url';

/** The parts of an id that LiteLLM's proxy has combined with its route. Nothing in it is secret or signed. */
export interface RoutedId {
  /** The provider's name, as in `custom-llm-provider`. `undefined` where the id names none. */
  readonly provider: string | undefined;
  /** The id of the deployment. `undefined` where the id names none. */
  readonly model: string | undefined;
  /** The provider's own id. */
  readonly fileId: string;
}

const KINDS: Readonly<Record<string, string>> = { cntr_: ';container_id:', video_: ';video_id:' };
const PREFIX = /^(cntr_|video_)([A-Za-z0-9+/]+={0,2})$/;
const START = 'litellm:';
const PROVIDER = 'litellm:custom_llm_provider:';
const MODEL = ';model_id:';
/** Parts that newer versions write after a video's id. */
const AFTER_VIDEO = /;(?:served_model|deployment_id|requested_model):/;

/**
 * Reads a container's or a video's id of LiteLLM: `cntr_` or `video_`, then the standard base64, with or without its
 * padding, of `litellm:custom_llm_provider:<provider>;model_id:<deployment>;container_id:<id>` (or `video_id:<id>`).
 *
 * These ids are not signed, so the result is the client's claim: check the id, and whether the caller may use the
 * deployment.
 *
 * @returns undefined for an ordinary id; never throws.
 */
export function decodeRoutedId(id: string): RoutedId | undefined {
  const [, prefix = '', encoded = ''] = (typeof id === 'string' && PREFIX.exec(id)) || [];
  const bytes = Buffer.from(encoded, 'base64');
  const padded = bytes.toString('base64');
  if (encoded !== padded && encoded !== padded.replaceAll('=', '')) return undefined;
  const text = decodeUtf8(bytes);
  const marker = KINDS[prefix];
  if (text === undefined || marker === undefined || !text.startsWith(PROVIDER)) return undefined;
  const modelAt = text.indexOf(MODEL);
  const idAt = text.indexOf(marker, modelAt);
  if (modelAt === -1 || idAt === -1) return undefined;
  const provider = text.slice(PROVIDER.length, modelAt);
  const model = text.slice(modelAt + MODEL.length, idAt);
  const rest = text.slice(idAt + marker.length);
  const fileId = prefix === 'video_' ? (rest.split(AFTER_VIDEO)[0] ?? '') : rest;
  return fileId === '' ? undefined : { provider: named(provider), model: named(model), fileId };
}

/** Tells whether an id was meant to be such an id. It goes to no provider, even if it cannot be read. */
export function looksRouted(id: string): boolean {
  const prefix = Object.keys(KINDS).find((kind) => id.startsWith(kind));
  if (prefix === undefined) return false;
  return Buffer.from(id.slice(prefix.length), 'base64').toString('latin1').startsWith(START);
}

/** Older versions write Python's `None` for an absent part. */
function named(part: string): string | undefined {
  return part === '' || part === 'None' ? undefined : part;
}
